-- A ramp weighs phases, each day by other users, so that only experiments of one phase have such a sum; and a day on
-- which only one of the arms had users is not shown.
with daily as (

    select * from {{ ref('experiment_daily_effects') }}

),

unramped as (

    select experiment_id
    from {{ ref('int_experiments__units') }}
    where exclusion_reason is null
    group by experiment_id
    having count(distinct phase) = 1

),

looks as (

    select
        experiment_id,
        count(*) as look_count
    from {{ ref('int_experiments__looks') }}
    group by experiment_id

),

results as (

    select * from {{ ref('experiment_results_by_day') }}
    where
        is_latest
        and method = 'unadjusted'
        and metric in ({{ feedlift.literals(feedlift.metrics_of_type('mean') | list) }})

),

totals as (

    select
        daily.experiment_id,
        daily.population,
        daily.metric,
        daily.arm,
        count(daily.estimate) as day_count,
        sum(daily.arm_value * daily.unit_count) as arm_total,
        sum(daily.control_value * daily.control_unit_count) as control_total,
        sum(abs(daily.arm_value * daily.unit_count)) as arm_scale,
        sum(abs(daily.control_value * daily.control_unit_count)) as control_scale
    from daily
    inner join unramped on daily.experiment_id = unramped.experiment_id
    group by daily.experiment_id, daily.population, daily.metric, daily.arm

)

select
    results.experiment_id,
    results.population,
    results.metric,
    results.arm,
    totals.arm_total as arm_total_of_days,
    totals.control_total as control_total_of_days,
    results.arm_value * results.unit_count as arm_total,
    results.control_value * results.control_unit_count as control_total
from results
inner join unramped on results.experiment_id = unramped.experiment_id
inner join looks on results.experiment_id = looks.experiment_id
left join totals
    on
        results.experiment_id = totals.experiment_id
        and results.population = totals.population
        and results.metric = totals.metric
        and results.arm = totals.arm
where
    results.estimate is not null
    and coalesce(totals.day_count, looks.look_count) = looks.look_count
    and not coalesce(
        abs(results.arm_value * results.unit_count - totals.arm_total) <= 1e-9 * totals.arm_scale
        and abs(results.control_value * results.control_unit_count - totals.control_total)
        <= 1e-9 * totals.control_scale, false
    )
