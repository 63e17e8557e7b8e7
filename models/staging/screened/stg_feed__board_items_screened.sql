{{ feedlift.screen(
    entity='board_items',
    relation=ref('base_feed__board_items'),
    key=['board_id', 'item_id'],
    keep_first=['saved_at nulls last'],
) }}
