{{ feedlift.screen(
    entity='exposures',
    relation=ref('base_feed__exposures'),
    key=['experiment_id', 'user_id', 'exposed_at'],
    keep_first=['exposed_at'],
    rules=[
        {'reason': 'bot', 'where': feedlift.is_bot(ref('stg_feed__bots'))},
    ],
) }}
