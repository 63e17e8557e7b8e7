with days as (

    select * from {{ ref('experiment_effects_by_day_since_start') }}

),

novelty as (

    select * from {{ ref('experiment_novelty') }}
    where scale = 'absolute'

),

lines as (

    select
        experiment_id,
        population,
        metric,
        arm,
        min(unit_count) as smallest_unit_count,
        max(unit_count) as largest_unit_count,
        min(control_unit_count) as smallest_control_unit_count,
        max(control_unit_count) as largest_control_unit_count,
        max(abs(arm_value)) as largest_value,
        max(abs(control_value)) as largest_control_value,
        max(abs(estimate)) as largest_estimate,
        max(day_since_start) as last_day,
        regr_slope(case when day_since_start > 0 then arm_value end, day_since_start) as arm_slope,
        regr_slope(case when day_since_start > 0 then control_value end, day_since_start) as control_slope,
        avg(case when day_since_start > 0 then estimate end) as mean_estimate
    from days
    group by experiment_id, population, metric, arm

),

compared as (

    select
        lines.experiment_id,
        lines.population,
        lines.metric,
        lines.arm,
        case
            when novelty.experiment_id is null then 'no trend'
            when
                lines.smallest_unit_count <> lines.largest_unit_count
                or lines.smallest_control_unit_count <> lines.largest_control_unit_count
                then 'the cohort changes from day to day'
            when lines.last_day <> novelty.day_count then 'other days'
            when
                novelty.unit_count <> lines.largest_unit_count
                or novelty.control_unit_count <> lines.largest_control_unit_count
                then 'other users'
            when abs(novelty.mean_daily_effect - lines.mean_estimate) > 1e-9 * lines.largest_estimate
                then 'another mean effect'
            when
                novelty.metric in ({{ feedlift.literals(feedlift.metrics_of_type('mean') | list) }})
                and (
                    abs(novelty.arm_value - lines.arm_slope) > 1e-9 * lines.largest_value
                    or abs(novelty.control_value - lines.control_slope) > 1e-9 * lines.largest_control_value
                )
                then 'another slope'
        end as deviation
    from lines
    left join novelty
        on
            lines.experiment_id = novelty.experiment_id
            and lines.population = novelty.population
            and lines.metric = novelty.metric
            and lines.arm = novelty.arm

)

select *
from compared
where deviation is not null
