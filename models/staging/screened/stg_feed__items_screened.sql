{{ feedlift.screen(
    entity='items',
    relation=ref('base_feed__items'),
    key=['item_id'],
    keep_first=['created_at nulls last'],
) }}
