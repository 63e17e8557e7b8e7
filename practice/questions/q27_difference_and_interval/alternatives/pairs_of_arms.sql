with first_times as (

    select experiment_id, user_id, min(assigned_at) as assigned_at
    from assignments
    group by experiment_id, user_id

),

outcomes as (

    select
        f.experiment_id,
        x.control_arm,
        (
            select min(a.arm)
            from assignments as a
            where a.experiment_id = f.experiment_id and a.user_id = f.user_id and a.assigned_at = f.assigned_at
        ) as arm,
        (
            select count(*)
            from engagements as e
            where e.user_id = f.user_id
                and e.engagement_type = 'click'
                and e.event_at >= f.assigned_at
                and e.event_at < x.ends_at
        ) as clicks
    from first_times as f
    join experiments as x on f.experiment_id = x.experiment_id

),

-- Each user of the control arm is joined to every other arm of the experiment.
pairs as (

    select t.experiment_id, t.arm, o.arm = t.control_arm as is_control, o.clicks
    from (select distinct experiment_id, arm, control_arm from outcomes where arm <> control_arm) as t
    join outcomes as o on t.experiment_id = o.experiment_id and o.arm in (t.arm, t.control_arm)

),

moments as (

    select
        experiment_id,
        arm,
        avg(clicks) filter (where is_control) as control_mean,
        avg(clicks) filter (where not is_control) as arm_mean,
        sqrt(
            var_samp(clicks) filter (where is_control) / count(*) filter (where is_control)
            + var_samp(clicks) filter (where not is_control) / count(*) filter (where not is_control)
        ) as standard_error
    from pairs
    group by experiment_id, arm
    having count(*) filter (where is_control) > 0

)

select
    *,
    arm_mean - control_mean as difference,
    arm_mean - control_mean - 1.96 * standard_error as lower_limit,
    arm_mean - control_mean + 1.96 * standard_error as upper_limit
from moments
