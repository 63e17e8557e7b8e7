{{ feedlift.screen(
    entity='boards',
    relation=ref('base_feed__boards'),
    key=['board_id'],
    keep_first=['created_at nulls last'],
) }}
