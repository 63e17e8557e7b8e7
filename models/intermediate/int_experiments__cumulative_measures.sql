with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

window_days as (

    select * from {{ ref('int_experiments__window_days') }}
    where window_name in ('assigned', 'exposed')

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

-- A user is compared from the first day on, with zeros if nothing happened on it yet.
first_days as (

    select
        windows.experiment_id,
        windows.user_id,
        windows.window_name,
        cast(windows.window_starts_at as date) as activity_date
    from windows
    left join window_days
        on
            windows.experiment_id = window_days.experiment_id
            and windows.user_id = window_days.user_id
            and windows.window_name = window_days.window_name
            and cast(windows.window_starts_at as date) = window_days.activity_date
    where window_days.user_id is null

),

changes as (

    select
        experiment_id,
        user_id,
        window_name,
        activity_date,
        {{ feedlift.each_measure('{measure}') }}
    from window_days

    union all

    select
        first_days.experiment_id,
        first_days.user_id,
        first_days.window_name,
        first_days.activity_date,
        {{ feedlift.each_measure('cast(case when logged.is_{measure}_logged then 0 end as {type}) as {measure}') }}
    from first_days
    cross join logged

),

-- Sums stand still between a user's active days: kept once for the whole span, they take a fraction of a row per user
-- and day.
final as (

    select
        experiment_id,
        user_id,
        window_name as population,
        activity_date as from_date,
        lead(activity_date) over user_days_in_order as until_date,
        {{ feedlift.each_measure('cast(sum({measure}) over user_days_in_order as {type}) as {measure}') }}
    from changes
    window user_days_in_order as (partition by experiment_id, user_id, window_name order by activity_date)

)

select * from final
