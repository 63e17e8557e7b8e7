with impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

sessions as (

    select * from {{ ref('int_feed__sessions') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

measured_impressions as (

    select
        impressions.user_id,
        impressions.session_id,
        impressions.event_at,
        impressions.event_date,
        {{ feedlift.measured_events('impressions') }}
    from impressions
    cross join logged

),

measured_engagements as (

    select
        engagements.user_id,
        engagements.session_id,
        engagements.event_at,
        engagements.event_date,
        {{ feedlift.measured_events('engagements') }}
    from engagements
    cross join logged

),

-- A session belongs to the instant it started, whatever it goes on to hold.
measured_sessions as (

    select
        sessions.user_id,
        sessions.session_id,
        sessions.started_at as event_at,
        sessions.started_date as event_date,
        {{ feedlift.measured_events('sessions') }}
    from sessions
    cross join logged

),

final as (

    select * from measured_impressions
    union all
    select * from measured_engagements
    union all
    select * from measured_sessions

)

select * from final
