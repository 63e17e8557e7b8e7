with first_times as (

    select experiment_id, user_id, min(assigned_at) as assigned_at
    from assignments
    group by experiment_id, user_id

),

first_arms as (

    select f.experiment_id, f.assigned_at, min(a.arm) as arm
    from first_times as f
    join assignments as a using (experiment_id, user_id, assigned_at)
    group by f.experiment_id, f.user_id, f.assigned_at

),

totals as (

    select s.experiment_id, s.phase, s.starts_at, s.ends_at, count(*) as user_count
    from experiment_arm_shares as s
    join first_arms as f
        on s.experiment_id = f.experiment_id
        and s.arm = f.arm
        and f.assigned_at >= s.starts_at
        and (s.ends_at is null or f.assigned_at < s.ends_at)
    group by s.experiment_id, s.phase, s.starts_at, s.ends_at

),

cells as (

    select
        s.experiment_id,
        s.phase,
        t.user_count,
        t.user_count * s.share as expected,
        count(f.arm) as observed
    from experiment_arm_shares as s
    join totals as t on s.experiment_id = t.experiment_id and s.phase = t.phase
    left join first_arms as f
        on s.experiment_id = f.experiment_id
        and s.arm = f.arm
        and f.assigned_at >= t.starts_at
        and (t.ends_at is null or f.assigned_at < t.ends_at)
    group by s.experiment_id, s.phase, s.arm, s.share, t.user_count

)

select
    experiment_id,
    phase,
    max(user_count) as user_count,
    count(*) - 1 as degrees_of_freedom,
    sum(power(observed - expected, 2) / expected) as chi_square
from cells
group by experiment_id, phase
