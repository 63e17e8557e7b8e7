{%- set keys = ['experiment_id', 'population', 'arm', 'is_control', 'phase', 'user_id'] -%}
with cohorts as (

    select * from {{ ref('int_experiments__novelty_cohorts') }}

),

days_since_start as (

    select * from {{ ref('int_experiments__days_since_start') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

-- A user without any event is a row of zeros, and one whose days have not all passed is unknown.
unit_days as (

    select
        cohorts.experiment_id,
        cohorts.population,
        cohorts.arm,
        cohorts.is_control,
        cohorts.phase,
        cohorts.user_id,
        coalesce(days_since_start.day_since_start, 0) as day_since_start,
        {{ feedlift.each_measure(
            'case when cohorts.is_in_cohort and logged.is_{measure}_logged then coalesce(days_since_start.{measure}, 0) '
            ~ 'end as {measure}'
        ) }}
    from cohorts
    cross join logged
    left join days_since_start
        on
            cohorts.experiment_id = days_since_start.experiment_id
            and cohorts.population = days_since_start.population
            and cohorts.user_id = days_since_start.user_id

),

-- Who starts with a visit is active on day 0 by definition: any effect per user would be larger there, and fade.
final as (

    {{ feedlift.unit_slopes(
        'unit_days',
        keys=keys,
        day='day_since_start',
        metrics=feedlift.daily_metric_expressions(),
        day_count=feedlift.setting('novelty_days') | int,
        first_day=1,
        within=['experiment_id', 'population', 'arm', 'phase'],
    ) | indent(4) }}

)

select * from final
