with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

exposures as (

    select * from {{ ref('int_experiments__exposures') }}

),

exposed_users as (

    select
        experiment_id,
        arm,
        count(*) as exposed_user_count
    from exposures
    group by experiment_id, arm

),

trigger_sources as (

    select
        experiment_id,
        min(trigger_source) as trigger_source
    from exposures
    group by experiment_id

),

by_experiment as (

    select
        experiments.experiment_id,
        experiments.trigger_surface,
        experiments.trigger_module_id,
        count(*) as arm_count,
        count(exposed_users.arm) as arm_count_with_exposed_users,
        min(case when exposed_users.arm is null then arms.arm end) as unexposed_arm
    from experiments
    inner join arms on experiments.experiment_id = arms.experiment_id
    left join exposed_users
        on arms.experiment_id = exposed_users.experiment_id and arms.arm = exposed_users.arm
    group by experiments.experiment_id, experiments.trigger_surface, experiments.trigger_module_id

),

-- A module that only the treatment renders is no trigger: control would have no exposed users to compare with.
final as (

    select
        by_experiment.experiment_id,
        trigger_sources.trigger_source,
        by_experiment.unexposed_arm,
        case
            when by_experiment.arm_count_with_exposed_users = by_experiment.arm_count then 'usable'
            when by_experiment.arm_count_with_exposed_users > 0 then 'not_met_in_every_arm'
            when by_experiment.trigger_surface is not null or by_experiment.trigger_module_id is not null
                then 'never_met'
            else 'not_declared'
        end as trigger_status
    from by_experiment
    left join trigger_sources on by_experiment.experiment_id = trigger_sources.experiment_id

)

select * from final
