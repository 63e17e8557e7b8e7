{%- set unlogged_types = feedlift.unlogged_engagement_types() -%}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name = 'assigned'

),

sessions as (

    select * from {{ ref('int_feed__sessions') }}

),

clicks as (

    select * from {{ ref('int_engagements__attributed') }}
    where engagement_type = 'click'

),

logged as (

    select
        count(case when column_name = 'session_id' then 1 end) = 2 as is_session_logged,
        {{ 'true' if 'click' not in unlogged_types else 'false' }} as is_click_logged,
        {{ 'true' if 'click' not in unlogged_types else 'false' }}
        and count(case when raw_table = 'raw_engagements' and column_name = 'dwell_ms' then 1 end) = 1
            as is_dwell_logged
    from {{ ref('stg_feed__logged_columns') }}
    where raw_table in ('raw_impressions', 'raw_engagements')

),

counted_sessions as (

    select
        windows.experiment_id,
        windows.user_id,
        count(*) as session_count,
        count(sessions.first_impression_at) as session_with_impression_count
    from windows
    inner join sessions
        on
            windows.user_id = sessions.user_id
            and windows.window_starts_at <= sessions.started_at
            and windows.window_ends_at > sessions.started_at
    group by windows.experiment_id, windows.user_id

),

counted_clicks as (

    select
        windows.experiment_id,
        windows.user_id,
        count(*) as click_count,
        count(clicks.dwell_ms) as click_with_dwell_count,
        count(clicks.attributed_impression_event_id) as click_with_impression_count
    from windows
    inner join clicks
        on
            windows.user_id = clicks.user_id
            and windows.window_starts_at <= clicks.event_at
            and windows.window_ends_at > clicks.event_at
    group by windows.experiment_id, windows.user_id

),

final as (

    select
        windows.experiment_id,
        windows.user_id,
        case when logged.is_session_logged then coalesce(counted_sessions.session_count, 0) end as session_count,
        case when logged.is_session_logged then coalesce(counted_sessions.session_with_impression_count, 0) end
            as session_with_impression_count,
        case when logged.is_click_logged then coalesce(counted_clicks.click_count, 0) end as click_count,
        case when logged.is_dwell_logged then coalesce(counted_clicks.click_with_dwell_count, 0) end
            as click_with_dwell_count,
        case when logged.is_click_logged then coalesce(counted_clicks.click_with_impression_count, 0) end
            as click_with_impression_count
    from windows
    left join counted_sessions
        on windows.experiment_id = counted_sessions.experiment_id and windows.user_id = counted_sessions.user_id
    left join counted_clicks
        on windows.experiment_id = counted_clicks.experiment_id and windows.user_id = counted_clicks.user_id
    cross join logged

)

select * from final
