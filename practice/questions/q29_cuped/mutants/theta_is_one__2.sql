with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at, arm) as place
    from assignments

),

users_of_arms as (

    select
        a.experiment_id,
        a.user_id,
        a.arm,
        x.control_arm,
        count(*) filter (where e.event_at >= a.assigned_at and e.event_at < x.ends_at) as y,
        count(*) filter (where e.event_at < a.assigned_at) as past
    from numbered as a
    join experiments as x on a.experiment_id = x.experiment_id
    left join engagements as e on a.user_id = e.user_id and e.engagement_type = 'click'
    where a.place = 1
    group by a.experiment_id, a.user_id, a.arm, x.control_arm

),

thetas as (

    select
        experiment_id,
        coalesce(covar_samp(y, past) / nullif(var_samp(past), 0), 0) as theta
    from users_of_arms
    group by experiment_id

),

arms as (

    select
        u.experiment_id,
        u.arm,
        u.control_arm,
        t.theta,
        count(*) as user_count,
        avg(u.y) as mean_y,
        avg(u.y - u.past) as adjusted_mean,
        var_samp(u.y - t.theta * u.past) as adjusted_variance
    from users_of_arms as u
    join thetas as t on u.experiment_id = t.experiment_id
    group by u.experiment_id, u.arm, u.control_arm, t.theta

)

select
    t.experiment_id,
    t.arm,
    t.theta,
    t.mean_y - c.mean_y as difference,
    t.adjusted_mean - c.adjusted_mean as adjusted_difference,
    sqrt(t.adjusted_variance / t.user_count + c.adjusted_variance / c.user_count) as adjusted_standard_error
from arms as t
join arms as c on t.experiment_id = c.experiment_id and t.control_arm = c.arm
where t.arm <> t.control_arm
