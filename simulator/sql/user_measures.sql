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

seen as (
    select
        units.user_index,
        count(*) as impressions,
        count(*) filter (where impressions.has_click) as clicked_impressions,
    from impressions
    inner join units on impressions.user_index = units.user_index
    where
        impressions.is_viewport_impression
        and impressions.event_second >= units.assigned_second
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
{%- for engagement_type, measure in {
    'save': 'saves', 'product_click': 'product_clicks', 'purchase': 'purchases', 'video_start': 'video_starts',
    'video_complete': 'video_completes', 'hide': 'hides', 'report': 'reports',
}.items() %}
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
{%- for measure in ['impressions', 'clicked_impressions'] %}
        coalesce(seen.{{ measure }}, 0) as {{ measure }},
{%- endfor %}
{%- for measure in [
    'clicks', 'organic_clicks', 'long_clicks', 'saves', 'product_clicks', 'purchases', 'revenue', 'video_starts',
    'video_completes', 'hides', 'reports',
] %}
        coalesce(done.{{ measure }}, 0) as {{ measure }},
{%- endfor %}
        (coalesce(done.saves, 0) > 0)::integer as savers,
        case when shoppers.user_index is not null then 'shopper' else 'browser' end as shopping_intent,
    from units
    left join seen on units.user_index = seen.user_index
    left join done on units.user_index = done.user_index
    left join shoppers on units.user_index = shoppers.user_index
)

select * from final
