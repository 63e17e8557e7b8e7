with events as (

    select * from {{ ref('int_events__measures') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

summed as (

    select
        user_id,
        event_date as activity_date,
        -- An active day has a session: a count of none means that sessions are not logged.
        nullif(count(distinct session_id), 0) as session_count,
        min(event_at) as first_event_at,
        max(event_at) as last_event_at,
        {{ feedlift.each_measure('sum({measure}) as {measure}') }}
    from events
    group by user_id, event_date

),

-- A day without an event of the measure's kind is a zero, unless the measure cannot be known at all.
final as (

    select
        summed.user_id,
        summed.activity_date,
        summed.session_count,
        summed.first_event_at,
        summed.last_event_at,
        {{ feedlift.each_measure(
            'cast(case when logged.is_{measure}_logged then coalesce(summed.{measure}, 0) end as {type}) as {measure}'
        ) }}
    from summed
    cross join logged

)

select * from final
