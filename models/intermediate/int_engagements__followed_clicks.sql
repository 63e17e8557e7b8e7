with engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

clicks as (

    select
        event_id,
        event_at,
        user_id,
        item_id,
        dwell_ms
    from engagements
    where engagement_type = 'click'

),

final as (

    select
        clicks.event_id,
        clicks.event_at,
        clicks.user_id,
        clicks.item_id,
        clicks.dwell_ms,
        min(case when engagements.engagement_type in ('save', 'board_add') then engagements.event_at end)
            as first_saved_at,
        min(case when engagements.engagement_type in ('add_to_cart', 'purchase') then engagements.event_at end)
            as first_carted_at
    from clicks
    left join engagements
        on
            clicks.user_id = engagements.user_id
            and clicks.item_id = engagements.item_id
            and clicks.event_at <= engagements.event_at
            and engagements.event_at
            <= {{ dbt.dateadd('minute', feedlift.setting('attribution_window_minutes'), 'clicks.event_at') }}
            and engagements.engagement_type in ('save', 'board_add', 'add_to_cart', 'purchase')
    group by clicks.event_id, clicks.event_at, clicks.user_id, clicks.item_id, clicks.dwell_ms

)

select * from final
