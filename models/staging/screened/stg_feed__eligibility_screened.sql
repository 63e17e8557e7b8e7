{{ feedlift.screen(
    entity='eligibility',
    relation=ref('base_feed__eligibility'),
    key=['experiment_id', 'user_id', 'eligible_at'],
    keep_first=['eligible_at'],
    rules=[
        {'reason': 'bot', 'where': feedlift.is_bot(ref('stg_feed__bots'))},
    ],
) }}
