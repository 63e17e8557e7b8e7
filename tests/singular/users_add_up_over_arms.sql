with arm_metrics as (

    select * from {{ ref('experiment_arm_metrics') }}

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

exposures as (

    select * from {{ ref('int_experiments__exposures') }}

),

usable_triggers as (

    select * from {{ ref('int_experiments__triggers') }}
    where trigger_status = 'usable'

),

expected as (

    select
        experiment_id,
        'assigned' as population,
        arm,
        count(*) as user_count
    from units
    group by experiment_id, arm

    union all

    select
        exposures.experiment_id,
        'exposed' as population,
        exposures.arm,
        count(*) as user_count
    from exposures
    inner join usable_triggers on exposures.experiment_id = usable_triggers.experiment_id
    group by exposures.experiment_id, exposures.arm

),

final as (

    select
        expected.experiment_id as expected_experiment_id,
        expected.population as expected_population,
        expected.arm as expected_arm,
        expected.user_count as expected_user_count,
        arm_metrics.experiment_id,
        arm_metrics.population,
        arm_metrics.arm,
        arm_metrics.user_count
    from expected
    full outer join arm_metrics
        on
            expected.experiment_id = arm_metrics.experiment_id
            and expected.population = arm_metrics.population
            and expected.arm = arm_metrics.arm

)

select *
from final
where coalesce(expected_user_count, 0) <> coalesce(user_count, 0)
