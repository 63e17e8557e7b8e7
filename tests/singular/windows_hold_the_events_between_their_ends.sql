with windows as (

    select * from {{ ref('int_experiments__windows') }}

),

events as (

    select * from {{ ref('int_events__measures') }}

),

-- The definition itself, event by event; the model takes whole days from user-days to save the work.
events_in_windows as (

    select
        windows.experiment_id,
        windows.user_id,
        windows.window_name,
        {{ feedlift.each_measure('events.{measure}') }}
    from windows
    inner join events
        on
            windows.user_id = events.user_id
            and windows.window_starts_at <= events.event_at
            and windows.window_ends_at > events.event_at

),

-- Tests of their own, and the recomputation from the raw rows, say whether these are right.
covariate_corrections as (

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('{measure}') }}
    from {{ ref('int_experiments__covariate_corrections') }}

),

window_measures as (

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('-{measure} as {measure}') }}
    from {{ ref('int_experiments__window_measures') }}

),

both_sides as (

    select * from events_in_windows
    union all
    select * from covariate_corrections
    union all
    select * from window_measures

),

differences as (

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('coalesce(sum({measure}), 0) as {measure}') }}
    from both_sides
    group by experiment_id, user_id, window_name

)

select *
from differences
where greatest(0, {{ feedlift.each_measure('abs({measure})') }}) > 0
