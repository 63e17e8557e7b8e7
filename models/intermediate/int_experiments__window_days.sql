with windows as (

    select * from {{ ref('int_experiments__windows') }}

),

user_days as (

    select * from {{ ref('int_user_days__measures') }}

),

events as (

    select * from {{ ref('int_events__measures') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

day_bounds as (

    select
        *,
        cast(window_starts_at as date) as first_date,
        cast(window_ends_at as date) as end_date,
        case
            when window_starts_at = cast(cast(window_starts_at as date) as {{ feedlift.data_type('timestamp') }})
                then cast(window_starts_at as date)
            else cast({{ dbt.dateadd('day', 1, 'cast(window_starts_at as date)') }} as date)
        end as first_whole_date
    from windows

),

whole_days as (

    select
        day_bounds.experiment_id,
        day_bounds.user_id,
        day_bounds.window_name,
        user_days.activity_date,
        {{ feedlift.each_measure('user_days.{measure}') }}
    from day_bounds
    inner join user_days
        on
            day_bounds.user_id = user_days.user_id
            and day_bounds.first_whole_date <= user_days.activity_date
            and day_bounds.end_date > user_days.activity_date

),

-- The days of which only a part lies in the window: at most its first and its last.
partial_days as (

    select
        experiment_id,
        user_id,
        window_name,
        window_starts_at,
        window_ends_at,
        first_date as partial_date
    from day_bounds
    where first_date < first_whole_date

    union

    select
        experiment_id,
        user_id,
        window_name,
        window_starts_at,
        window_ends_at,
        end_date as partial_date
    from day_bounds

),

-- Cut at the instant, not at midnight: on the first day, what came before the start is no outcome.
-- A measure without an event of its kind is a zero on the day, unless it cannot be known at all.
events_of_partial_days as (

    select
        partial_days.experiment_id,
        partial_days.user_id,
        partial_days.window_name,
        partial_days.partial_date,
        {{ feedlift.each_measure('sum(events.{measure}) as {measure}') }}
    from partial_days
    inner join events
        on partial_days.user_id = events.user_id and partial_days.partial_date = events.event_date
    where
        events.event_at >= partial_days.window_starts_at
        and events.event_at < partial_days.window_ends_at
    group by
        partial_days.experiment_id, partial_days.user_id, partial_days.window_name, partial_days.partial_date

),

final as (

    select
        experiment_id,
        user_id,
        window_name,
        activity_date,
        {{ feedlift.each_measure('{measure}') }}
    from whole_days

    union all

    select
        events_of_partial_days.experiment_id,
        events_of_partial_days.user_id,
        events_of_partial_days.window_name,
        events_of_partial_days.partial_date as activity_date,
        {{ feedlift.each_measure(
            'cast(case when logged.is_{measure}_logged then coalesce(events_of_partial_days.{measure}, 0) end as {type})'
            ~ ' as {measure}'
        ) }}
    from events_of_partial_days
    cross join logged

)

select * from final
