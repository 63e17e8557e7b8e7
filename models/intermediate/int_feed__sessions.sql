with impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

session_events as (

    select
        user_id,
        session_id,
        event_at,
        first_engagement_at,
        surface,
        is_impression,
        cast(null as {{ feedlift.data_type('text') }}) as engagement_type
    from impressions
    where session_id is not null

    union all

    select
        user_id,
        session_id,
        event_at,
        cast(null as {{ feedlift.data_type('timestamp') }}) as first_engagement_at,
        cast(null as {{ feedlift.data_type('text') }}) as surface,
        cast(null as boolean) as is_impression,
        engagement_type
    from engagements
    where session_id is not null

),

sessions as (

    {{ feedlift.sessions('session_events', ['user_id', 'session_id']) | indent(4) }}

),

last_changes as (

    select
        user_id,
        session_id,
        max(first_engagement_at) as last_first_engagement_at
    from session_events
    group by user_id, session_id

),

-- Of several impressions at the first instant any will do, as long as it is always the same.
first_surfaces as (

    select
        session_events.user_id,
        session_events.session_id,
        min(session_events.surface) as surface
    from session_events
    inner join sessions
        on
            session_events.user_id = sessions.user_id
            and session_events.session_id = sessions.session_id
            and session_events.event_at = sessions.first_impression_at
    where session_events.engagement_type is null
    group by session_events.user_id, session_events.session_id

),

active_days as (

    select
        user_id,
        cast(event_at as date) as activity_date,
        min(event_at) as first_event_at
    from session_events
    group by user_id, cast(event_at as date)

),

return_days as (

    select
        *,
        min(activity_date) over (partition by user_id) < activity_date as is_return_day
    from active_days

),

ordered as (

    select
        *,
        max(ended_at) over (
            partition by user_id
            order by started_at, session_id
            rows between unbounded preceding and 1 preceding
        ) as previous_session_ended_at,
        row_number() over (partition by user_id, started_at order by session_id) as rank_at_start
    from sessions

),

final as (

    select
        ordered.user_id,
        ordered.session_id,
        ordered.started_at,
        ordered.ended_at,
        ordered.session_seconds,
        ordered.first_impression_at,
        first_surfaces.surface,
        ordered.engagement_count,
        ordered.shopping_engagement_count,
        ordered.previous_session_ended_at,
        ordered.is_engaged,
        ordered.is_shopping_engaged,
        ordered.is_early_exit,
        cast(ordered.started_at as date) as started_date,
        greatest(ordered.ended_at, coalesce(last_changes.last_first_engagement_at, ordered.ended_at)) as settled_at,
        case when logged.is_impressions_logged then ordered.impression_count end as impression_count,
        coalesce(return_days.is_return_day, false) and ordered.rank_at_start = 1 as is_return_visit
    from ordered
    inner join last_changes
        on ordered.user_id = last_changes.user_id and ordered.session_id = last_changes.session_id
    left join first_surfaces
        on ordered.user_id = first_surfaces.user_id and ordered.session_id = first_surfaces.session_id
    left join return_days
        on ordered.user_id = return_days.user_id and ordered.started_at = return_days.first_event_at
    cross join logged

)

select * from final
