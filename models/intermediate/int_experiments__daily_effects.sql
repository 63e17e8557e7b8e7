with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

window_days as (

    select * from {{ ref('int_experiments__window_days') }}

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

looks as (

    select * from {{ ref('int_experiments__looks') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

-- Everybody who has started by the end of the day, whether active on it or not: those who are active may be others in
-- each arm. Only streamed into the sums.
units_on_days as {{ feedlift.not_materialized() }} (

    select
        windows.experiment_id,
        windows.window_name as population,
        units.arm,
        arms.is_control,
        units.phase,
        looks.look_date as effect_date,
        {{ feedlift.each_measure(
            'case when logged.is_{measure}_logged then coalesce(window_days.{measure}, 0) end as {measure}'
        ) }}
    from windows
    inner join units on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    inner join looks
        on
            windows.experiment_id = looks.experiment_id
            and cast(windows.window_starts_at as date) <= looks.look_date
    cross join logged
    left join window_days
        on
            windows.experiment_id = window_days.experiment_id
            and windows.user_id = window_days.user_id
            and windows.window_name = window_days.window_name
            and looks.look_date = window_days.activity_date

),

final as (

    {{ feedlift._effects_by(
        'effect_date', 'units_on_days', feedlift.daily_metric_expressions(), center_by=['experiment_id', 'population']
    ) | indent(4) }}

)

select * from final
