{{ feedlift.screen(
    entity='impressions',
    relation=ref('base_feed__impressions'),
    key=['event_id'],
    keep_first=['received_at', 'event_at'],
    rules=[
        {'reason': 'event_from_the_future', 'where': feedlift.is_from_the_future('event_at', 'received_at')},
        {'reason': 'invalid_position', 'where': 'position < 1'},
        {'reason': 'invalid_viewport_fraction', 'where': 'viewport_fraction not between 0 and 1'},
        {'reason': 'invalid_visible_ms', 'where': 'visible_ms < 0'},
        {'reason': 'invalid_latency_ms', 'where': 'latency_ms < 0'},
        {'reason': 'invalid_score', 'where': 'score not between 0 and 1'},
        {'reason': 'invalid_propensity', 'where': 'propensity <= 0 or propensity > 1'},
        {'reason': 'bot', 'where': feedlift.is_bot(ref('stg_feed__bots'))},
    ],
) }}
