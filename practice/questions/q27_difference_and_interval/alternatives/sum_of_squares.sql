with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

clicks as (

    select f.experiment_id, f.user_id, count(*) as click_count
    from first_assignments as f
    join experiments as x on f.experiment_id = x.experiment_id
    join engagements as e on f.user_id = e.user_id
    where e.engagement_type = 'click' and e.event_at >= f.assigned_at and e.event_at < x.ends_at
    group by f.experiment_id, f.user_id

),

-- The sum of squares does without var_samp: users without clicks are in the number of users alone.
arms as (

    select
        f.experiment_id,
        f.arm,
        count(*) as n,
        coalesce(sum(c.click_count), 0) as total,
        coalesce(sum(c.click_count * c.click_count), 0) as squares
    from first_assignments as f
    left join clicks as c on f.experiment_id = c.experiment_id and f.user_id = c.user_id
    group by f.experiment_id, f.arm

),

moments as (

    select
        experiment_id,
        arm,
        total / n as mean,
        case when n > 1 then (squares - total * total / n) / (n - 1) / n end as squared_error
    from arms

)

select
    x.experiment_id,
    t.arm,
    c.mean as control_mean,
    t.mean as arm_mean,
    t.mean - c.mean as difference,
    sqrt(t.squared_error + c.squared_error) as standard_error,
    t.mean - c.mean - 1.96 * sqrt(t.squared_error + c.squared_error) as lower_limit,
    t.mean - c.mean + 1.96 * sqrt(t.squared_error + c.squared_error) as upper_limit
from experiments as x
join moments as c on x.experiment_id = c.experiment_id and x.control_arm = c.arm
join moments as t on x.experiment_id = t.experiment_id and x.control_arm <> t.arm
