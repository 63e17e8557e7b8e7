with arm_metrics as (

    select * from {{ ref('experiment_arm_metrics') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where
        segment = 'all'
        and method = 'unadjusted'
        and metric in ('ctr', 'clicks_per_user', 'saves_per_user')
        and coalesce(null_reason, '') not in ('unknown_cluster', 'cluster_in_several_arms')

),

-- Where arm shares changed, results weight the arms by phase and arm metrics do not: they are meant to differ there.
experiments_of_one_phase as (

    select experiment_id
    from {{ ref('int_experiments__units') }}
    where exclusion_reason is null
    group by experiment_id
    having count(distinct phase) = 1

),

long_arm_metrics as (

    select
        experiment_id,
        population,
        arm,
        'ctr' as metric,
        ctr as metric_value
    from arm_metrics

    union all

    select
        experiment_id,
        population,
        arm,
        'clicks_per_user' as metric,
        clicks_per_user as metric_value
    from arm_metrics

    union all

    select
        experiment_id,
        population,
        arm,
        'saves_per_user' as metric,
        saves_per_user as metric_value
    from arm_metrics

),

final as (

    select
        results.experiment_id,
        results.population,
        results.metric,
        results.arm,
        results.arm_value,
        treated.metric_value as arm_metric_value,
        results.control_value,
        control.metric_value as control_metric_value
    from results
    inner join experiments_of_one_phase on results.experiment_id = experiments_of_one_phase.experiment_id
    left join long_arm_metrics as treated
        on
            results.experiment_id = treated.experiment_id
            and results.population = treated.population
            and results.metric = treated.metric
            and results.arm = treated.arm
    left join long_arm_metrics as control
        on
            results.experiment_id = control.experiment_id
            and results.population = control.population
            and results.metric = control.metric
            and results.control_arm = control.arm

)

select *
from final
where
    (arm_value is null) <> (arm_metric_value is null)
    or (control_value is null) <> (control_metric_value is null)
    or abs(arm_value - arm_metric_value) > 1e-12 * (1 + abs(arm_value))
    or abs(control_value - control_metric_value) > 1e-12 * (1 + abs(control_value))
