{%- set followers = {
    'first_saved_at': "('save', 'board_add')", 'first_carted_at': "('add_to_cart', 'purchase')",
} -%}
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
        {%- for column, types in followers.items() %}
        min(case when engagements.engagement_type in {{ types }} then engagements.event_at end) as {{ column }}
        {{- ',' if not loop.last }}
        {%- endfor %}
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
