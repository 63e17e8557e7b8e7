with assignments as (

    select * from {{ ref('stg_feed__assignments') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

phases as (

    select distinct
        experiment_id,
        phase,
        starts_at,
        ends_at
    from {{ ref('stg_experiments__arm_shares') }}

),

first_assignments as (

    select
        experiment_id,
        user_id,
        min(assigned_at) as assigned_at,
        count(distinct arm) as assigned_arm_count
    from assignments
    group by experiment_id, user_id

),

-- A user put into two arms at the same instant has no earliest arm: kept here, named, and left out of every analysis.
first_arms as (

    select
        first_assignments.experiment_id,
        first_assignments.user_id,
        first_assignments.assigned_at,
        first_assignments.assigned_arm_count,
        min(assignments.arm) as first_arm,
        count(distinct assignments.arm) as first_arm_count
    from first_assignments
    inner join assignments
        on
            first_assignments.experiment_id = assignments.experiment_id
            and first_assignments.user_id = assignments.user_id
            and first_assignments.assigned_at = assignments.assigned_at
    group by
        first_assignments.experiment_id,
        first_assignments.user_id,
        first_assignments.assigned_at,
        first_assignments.assigned_arm_count

),

final as (

    select
        first_arms.experiment_id,
        first_arms.user_id,
        first_arms.assigned_at,
        experiments.ends_at as experiment_ends_at,
        case when first_arms.first_arm_count = 1 then first_arms.first_arm end as arm,
        coalesce(phases.phase, 0) as phase,
        first_arms.assigned_arm_count > 1 and first_arms.first_arm_count = 1 as is_crossover,
        case
            when first_arms.first_arm_count > 1 then 'two_arms_at_once'
            when first_arms.assigned_at < experiments.starts_at then 'assigned_before_start'
            when first_arms.assigned_at >= experiments.ends_at then 'assigned_after_end'
        end as exclusion_reason
    from first_arms
    inner join experiments on first_arms.experiment_id = experiments.experiment_id
    left join phases
        on
            first_arms.experiment_id = phases.experiment_id
            and first_arms.assigned_at >= phases.starts_at
            and (first_arms.assigned_at < phases.ends_at or phases.ends_at is null)

)

select * from final
