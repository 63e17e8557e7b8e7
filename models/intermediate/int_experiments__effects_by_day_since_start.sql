with cohorts as (

    select * from {{ ref('int_experiments__novelty_cohorts') }}
    where is_in_cohort

),

days_since_start as (

    select * from {{ ref('int_experiments__days_since_start') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

days as (

    select cast(series.number - 1 as {{ feedlift.data_type('integer') }}) as day_since_start
    from {{ feedlift.number_series(feedlift.setting('novelty_days') | int + 1) }} as series

),

-- A row per user and day, only streamed into the sums.
units_on_days as {{ feedlift.not_materialized() }} (

    select
        cohorts.experiment_id,
        cohorts.population,
        cohorts.arm,
        cohorts.is_control,
        cohorts.phase,
        days.day_since_start,
        {{ feedlift.each_measure(
            'case when logged.is_{measure}_logged then coalesce(days_since_start.{measure}, 0) end as {measure}'
        ) }}
    from cohorts
    cross join days
    cross join logged
    left join days_since_start
        on
            cohorts.experiment_id = days_since_start.experiment_id
            and cohorts.population = days_since_start.population
            and cohorts.user_id = days_since_start.user_id
            and days.day_since_start = days_since_start.day_since_start

),

final as (

    {{ feedlift._effects_by(
        'day_since_start', 'units_on_days', feedlift.daily_metric_expressions(), center_by=['experiment_id', 'population']
    ) | indent(4) }}

)

select * from final
