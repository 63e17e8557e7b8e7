with units as (

    select * from {{ ref('int_experiments__randomised_units') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

units_by_arm as (

    select
        experiment_id,
        arm,
        count(*) as user_count
    from units
    group by experiment_id, arm

),

units_by_phase as (

    select
        experiment_id,
        phase,
        count(*) as user_count
    from units
    group by experiment_id, phase

),

-- When shares changed, each phase expects its own: the sum over phases of users times share.
expected_by_arm as (

    select
        arm_shares.experiment_id,
        arm_shares.arm,
        sum(units_by_phase.user_count * arm_shares.share) as expected_user_count
    from arm_shares
    inner join units_by_phase
        on arm_shares.experiment_id = units_by_phase.experiment_id and arm_shares.phase = units_by_phase.phase
    group by arm_shares.experiment_id, arm_shares.arm

),

planned_experiments as (

    select distinct experiment_id
    from expected_by_arm

),

-- An arm that opens in a later phase is no category yet: with neither users nor expectation it would only add a degree
-- of freedom. With users that nobody expected it stays, expecting 0.
final as (

    select
        arms.experiment_id,
        arms.arm,
        arms.is_control,
        case
            when planned_experiments.experiment_id is not null then coalesce(expected_by_arm.expected_user_count, 0)
        end as expected_user_count,
        coalesce(units_by_arm.user_count, 0) as user_count
    from arms
    left join units_by_arm on arms.experiment_id = units_by_arm.experiment_id and arms.arm = units_by_arm.arm
    left join expected_by_arm
        on arms.experiment_id = expected_by_arm.experiment_id and arms.arm = expected_by_arm.arm
    left join planned_experiments on arms.experiment_id = planned_experiments.experiment_id
    where
        planned_experiments.experiment_id is null
        or units_by_arm.arm is not null
        or expected_by_arm.arm is not null

)

select * from final
