with assignments as (

    select * from {{ ref('int_experiments__assignments_by_day') }}

),

tests_by_day as (

    select * from {{ ref('int_experiments__sample_ratio_tests_by_day') }}

),

arms as (

    select * from {{ ref('int_experiments__sample_ratios') }}

),

validity as (

    select * from {{ ref('experiment_validity') }}

),

phases as (

    select
        *,
        sum(user_count) over (partition by experiment_id, look_date, phase) * planned_share as expected_users
    from assignments

),

by_arm as (

    select
        experiment_id,
        look_date,
        arm,
        sum(user_count) as user_count,
        sum(expected_users) as expected_users
    from phases
    group by experiment_id, look_date, arm

),

-- An arm that has not opened yet is not shown: it has no users and should have none.
final as (

    select
        by_arm.experiment_id,
        by_arm.look_date,
        by_arm.arm,
        arms.is_control,
        tests_by_day.log_bayes_factor,
        tests_by_day.p_value,
        tests_by_day.null_reason,
        validity.assigned_invalid_reason as invalid_reason,
        validity.assigned_invalid_reason is null as is_valid,
        cast(by_arm.user_count as {{ feedlift.data_type('integer') }}) as user_count,
        cast(by_arm.expected_users as {{ feedlift.data_type('double') }}) as expected_users,
        row_number() over (partition by by_arm.experiment_id, by_arm.arm order by by_arm.look_date desc) = 1
            as is_latest
    from by_arm
    inner join arms on by_arm.experiment_id = arms.experiment_id and by_arm.arm = arms.arm
    inner join validity on by_arm.experiment_id = validity.experiment_id
    inner join tests_by_day
        on by_arm.experiment_id = tests_by_day.experiment_id and by_arm.look_date = tests_by_day.look_date
    where by_arm.user_count > 0 or by_arm.expected_users > 0

)

select * from final
