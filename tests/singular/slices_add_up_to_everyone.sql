with slices as (

    select
        experiment_id,
        population,
        dimension,
        metric,
        arm,
        min(unit_count) as smallest_unit_count,
        max(unit_count) as largest_unit_count,
        sum(arm_value) as arm_value,
        sum(control_value) as control_value,
        sum(estimate) as estimate
    from {{ ref('experiment_metric_slices') }}
    where metric <> 'ctr'
    group by experiment_id, population, dimension, metric, arm

),

everyone as (

    select
        experiment_id,
        population,
        metric,
        arm,
        unit_count,
        arm_value,
        control_value,
        estimate
    from {{ ref('experiment_results') }}
    where segment = 'all' and method = 'unadjusted'

)

select
    slices.*,
    everyone.unit_count as everyone_unit_count,
    everyone.estimate as everyone_estimate
from slices
inner join everyone
    on
        slices.experiment_id = everyone.experiment_id
        and slices.population = everyone.population
        and slices.metric = everyone.metric
        and slices.arm = everyone.arm
where
    slices.smallest_unit_count <> everyone.unit_count
    or slices.largest_unit_count <> everyone.unit_count
    or abs(slices.arm_value - everyone.arm_value) > 1e-11 * (1 + abs(everyone.arm_value))
    or abs(slices.control_value - everyone.control_value) > 1e-11 * (1 + abs(everyone.control_value))
    or abs(slices.estimate - everyone.estimate) > 1e-11 * (1 + abs(everyone.arm_value) + abs(everyone.control_value))
