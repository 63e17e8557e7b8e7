with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

counts as (

    select
        s.experiment_id,
        s.phase,
        s.share,
        (
            select count(*)
            from first_assignments as a
            where a.experiment_id = s.experiment_id
                and a.arm = s.arm
                and a.assigned_at >= s.starts_at
                and a.assigned_at < coalesce(s.ends_at, timestamp '9999-01-01')
        ) as observed
    from experiment_arm_shares as s

)

-- The sum of (O - E)² / E with E = N p is the sum of O² / p, divided by N, less N.
select
    experiment_id,
    phase,
    sum(observed) as user_count,
    count(*) - 1 as degrees_of_freedom,
    sum(observed * observed / share) / sum(observed) - sum(observed) as chi_square
from counts
group by experiment_id, phase
having sum(observed) > 0
