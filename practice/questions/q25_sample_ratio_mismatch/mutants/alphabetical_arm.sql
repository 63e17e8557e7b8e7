with numbered as (

    select
        experiment_id,
        user_id,
        min(arm) as arm,
        min(assigned_at) as assigned_at,
        1 as place
    from assignments
    group by experiment_id, user_id

),

observed as (

    select
        s.experiment_id,
        s.phase,
        s.arm,
        s.share,
        count(a.user_id) as user_count
    from experiment_arm_shares as s
    left join numbered as a
        on s.experiment_id = a.experiment_id
        and s.arm = a.arm
        and a.place = 1
        and a.assigned_at >= s.starts_at
        and (a.assigned_at < s.ends_at or s.ends_at is null)
    group by s.experiment_id, s.phase, s.arm, s.share

),

expected as (

    select
        experiment_id,
        phase,
        user_count,
        share * sum(user_count) over (partition by experiment_id, phase) as expected_count
    from observed

)

select
    experiment_id,
    phase,
    sum(user_count) as user_count,
    count(*) - 1 as degrees_of_freedom,
    sum((user_count - expected_count) * (user_count - expected_count) / expected_count) as chi_square
from expected
group by experiment_id, phase
having sum(user_count) > 0
