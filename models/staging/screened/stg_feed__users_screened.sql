{{ feedlift.screen(
    entity='users',
    relation=ref('base_feed__users'),
    key=['user_id'],
    keep_first=['signed_up_at nulls last'],
) }}
