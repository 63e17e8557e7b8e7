with cohorts as (

    select * from {{ ref('int_experiments__novelty_cohorts') }}
    where is_in_cohort

),

events as (

    select * from {{ ref('int_events__measures') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

-- Half a microsecond more, and times in doubles cannot put an event at exactly k * 24 hours into the day before.
events_of_cohorts as (

    select
        cohorts.experiment_id,
        cohorts.population,
        cohorts.user_id,
        {{ feedlift.each_measure('events.{measure}') }},
        cast(
            floor(
                ({{ feedlift.seconds_between('cohorts.window_starts_at', 'events.event_at') }} + 5e-7) / 8.64e4
            ) as {{ feedlift.data_type('integer') }}
        ) as day_since_start
    from cohorts
    inner join events
        on
            cohorts.user_id = events.user_id
            and cohorts.window_starts_at <= events.event_at
            and cohorts.last_day_ends_at > events.event_at

),

summed as (

    select
        experiment_id,
        population,
        user_id,
        day_since_start,
        {{ feedlift.each_measure('sum({measure}) as {measure}') }}
    from events_of_cohorts
    group by experiment_id, population, user_id, day_since_start

),

final as (

    select
        summed.experiment_id,
        summed.population,
        summed.user_id,
        summed.day_since_start,
        {{ feedlift.each_measure(
            'cast(case when logged.is_{measure}_logged then coalesce(summed.{measure}, 0) end as {type}) as {measure}'
        ) }}
    from summed
    cross join logged

)

select * from final
