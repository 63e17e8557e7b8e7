with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at, arm) as place
    from assignments

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
