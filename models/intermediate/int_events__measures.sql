with impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

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

final as (

    select * from measured_impressions
    union all
    select * from measured_engagements

)

select * from final
