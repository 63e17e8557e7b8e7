with windows as (

    select * from {{ ref('int_experiments__windows') }}

),

window_days as (

    select * from {{ ref('int_experiments__window_days') }}

),

covariate_corrections as (

    select * from {{ ref('int_experiments__covariate_corrections') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

counted as (

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('{measure}') }}
    from window_days

    union all

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('{measure}') }}
    from covariate_corrections

),

summed as (

    select
        experiment_id,
        user_id,
        window_name,
        {{ feedlift.each_measure('sum({measure}) as {measure}') }}
    from counted
    group by experiment_id, user_id, window_name

),

-- Users without any event stay in, as zeros.
final as (

    select
        windows.experiment_id,
        windows.user_id,
        windows.window_name,
        windows.window_starts_at,
        windows.window_ends_at,
        {{ feedlift.each_measure(
            'cast(case when logged.is_{measure}_logged then coalesce(summed.{measure}, 0) end as {type}) as {measure}'
        ) }}
    from windows
    left join summed
        on
            windows.experiment_id = summed.experiment_id
            and windows.user_id = summed.user_id
            and windows.window_name = summed.window_name
    cross join logged

)

select * from final
