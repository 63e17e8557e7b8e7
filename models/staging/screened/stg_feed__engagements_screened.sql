{{ feedlift.screen(
    entity='engagements',
    relation=ref('base_feed__engagements'),
    key=['event_id'],
    keep_first=['received_at', 'event_at'],
    rules=[
        {'reason': 'event_from_the_future', 'where': feedlift.is_from_the_future('event_at', 'received_at')},
        {'reason': 'invalid_dwell_ms', 'where': 'dwell_ms < 0'},
        {'reason': 'invalid_value', 'where': 'value < 0'},
        {'reason': 'bot', 'where': feedlift.is_bot(ref('stg_feed__bots'))},
    ],
) }}
