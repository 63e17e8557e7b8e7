{%- set engagement_measures = {
    'closeup': 'closeups', 'save': 'saves', 'board_add': 'board_adds', 'outbound_click': 'outbound_clicks',
    'follow': 'follows', 'video_start': 'video_starts', 'video_complete': 'video_completes',
    'product_click': 'product_clicks', 'add_to_cart': 'add_to_carts', 'purchase': 'purchases', 'hide': 'hides',
    'report': 'reports',
} -%}
-- What each person assigned to one experiment did in [assigned_at, end of the experiment), and whether they had
-- clicked a product in the days before: the outcomes as the readout defines them, summed from the latent world.
with

units as (
    select
        user_index,
        {{ experiment_id }}_second as assigned_second,
    from user_arms
    where {{ experiment_id }}_second is not null and machine_kind is null
),

-- Clicks that kept the user, or that a satisfying engagement with the item followed.
satisfied_clicks as (
    select
        clicks.engagement_index,
        clicks.impression_index,
    from engagements as clicks
    left join engagements as proofs
        on
            clicks.user_index = proofs.user_index
            and clicks.item_index = proofs.item_index
            and proofs.engagement_type in {{ world.truth.satisfying_engagements }}
            and proofs.event_second >= clicks.event_second
            and proofs.event_second <= clicks.event_second + {{ world.truth.attribution_seconds }}
    where clicks.engagement_type = 'click'
    group by clicks.engagement_index, clicks.impression_index
    having any_value(clicks.dwell_ms) >= {{ world.amounts.long_click_ms }} or count(proofs.engagement_index) > 0
),

seen as (
    select
        units.user_index,
        count(*) as logged_impressions,
        count(*) filter (where impressions.viewport_percent is not null) as rendered_impressions,
        count(*) filter (where impressions.is_viewport_impression) as impressions,
        count(*) filter (where impressions.has_click) as clicked_impressions,
        count(*) filter (
            where impressions.impression_index in (select impression_index from satisfied_clicks)
        ) as satisfied_clicked_impressions,
        coalesce(sum(impressions.visible_ms) filter (where impressions.content_format = 'video'), 0)
            as video_visible_ms,
    from impressions
    inner join units on impressions.user_index = units.user_index
    where
        impressions.event_second >= units.assigned_second
        and impressions.event_second < {{ window_end }}
    group by units.user_index
),

done as (
    select
        units.user_index,
        count(*) filter (where engagements.engagement_type = 'click') as clicks,
        count(*) filter (
            where engagements.engagement_type = 'click' and not engagements.is_shoppable
        ) as organic_clicks,
        count(*) filter (
            where engagements.engagement_type = 'click' and engagements.dwell_ms >= {{ world.amounts.long_click_ms }}
        ) as long_clicks,
        count(*) filter (
            where engagements.engagement_type = 'click' and engagements.dwell_ms < {{ world.truth.bounce_ms }}
        ) as bounces,
        count(*) filter (
            where engagements.engagement_index in (select engagement_index from satisfied_clicks)
        ) as satisfied_clicks,
        count(*) filter (
            where engagements.engagement_type = 'click' and engagements.surface = 'home_feed'
        ) as home_feed_clicks,
        count(*) filter (
            where
            engagements.engagement_type in {{ world.truth.positive_engagements }}
            and engagements.surface = 'home_feed'
        ) as home_feed_engagements,
{%- for engagement_type, measure in engagement_measures.items() %}
        count(*) filter (where engagements.engagement_type = '{{ engagement_type }}') as {{ measure }},
{%- endfor %}
        coalesce(sum(engagements.value_cents), 0) / 100e0 as revenue,
    from engagements
    inner join units on engagements.user_index = units.user_index
    where
        engagements.event_second >= units.assigned_second
        and engagements.event_second < {{ window_end }}
    group by units.user_index
),

session_events as (
    select
        session_index,
        user_index,
        event_second,
        is_viewport_impression,
        null as engagement_type,
    from impressions
    union all
    select
        session_index,
        user_index,
        event_second,
        false as is_viewport_impression,
        engagement_type,
    from engagements
),

-- Whatever happens in a session counts at its start.
whole_sessions as (
    select
        user_index,
        min(event_second) as started_second,
        max(event_second) - min(event_second) as seconds,
        count(*) filter (where is_viewport_impression) as impressions,
        coalesce(bool_or(engagement_type in {{ world.truth.positive_engagements }}), false) as is_engaged,
        coalesce(bool_or(engagement_type in {{ world.truth.shopping_engagements }}), false) as is_shopping_engaged,
    from session_events
    group by session_index, user_index
),

visited as (
    select
        units.user_index,
        count(*) as sessions,
        sum(whole_sessions.seconds) as session_seconds,
        sum(whole_sessions.impressions) as session_impressions,
        count(*) filter (where whole_sessions.is_engaged) as engaged_sessions,
        count(*) filter (where whole_sessions.is_shopping_engaged) as shopping_engaged_sessions,
        count(*) filter (
            where whole_sessions.seconds < {{ world.truth.early_exit_seconds }} and not whole_sessions.is_engaged
        ) as early_exits,
    from whole_sessions
    inner join units on whole_sessions.user_index = units.user_index
    where
        whole_sessions.started_second >= units.assigned_second
        and whole_sessions.started_second < {{ window_end }}
    group by units.user_index
),

shoppers as (
    select distinct units.user_index
    from engagements
    inner join units on engagements.user_index = units.user_index
    where
        engagements.engagement_type = 'product_click'
        and engagements.event_second >= units.assigned_second - {{ world.truth.segment_days * 86400 }}
        and engagements.event_second < units.assigned_second
),

final as (
    select
        units.user_index,
{%- for part, measures in {
    'seen': [
        'logged_impressions', 'rendered_impressions', 'impressions', 'clicked_impressions',
        'satisfied_clicked_impressions', 'video_visible_ms',
    ],
    'done': [
        'clicks', 'organic_clicks', 'long_clicks', 'bounces', 'satisfied_clicks', 'home_feed_clicks',
        'home_feed_engagements', 'revenue',
    ] + engagement_measures.values() | list,
    'visited': [
        'sessions', 'session_seconds', 'session_impressions', 'engaged_sessions', 'shopping_engaged_sessions',
        'early_exits',
    ],
}.items() %}
{%- for measure in measures %}
        coalesce({{ part }}.{{ measure }}, 0) as {{ measure }},
{%- endfor %}
{%- endfor %}
        (coalesce(done.saves, 0) > 0)::integer as savers,
        case when shoppers.user_index is not null then 'shopper' else 'browser' end as shopping_intent,
    from units
    left join seen on units.user_index = seen.user_index
    left join done on units.user_index = done.user_index
    left join visited on units.user_index = visited.user_index
    left join shoppers on units.user_index = shoppers.user_index
)

select * from final
