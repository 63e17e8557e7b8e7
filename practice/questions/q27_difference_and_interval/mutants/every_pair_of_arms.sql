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
        count(e.event_id) as click_count
    from numbered as a
    join experiments as x on a.experiment_id = x.experiment_id
    left join engagements as e
        on a.user_id = e.user_id
        and e.engagement_type = 'click'
        and e.event_at >= a.assigned_at
        and e.event_at < x.ends_at
    where a.place = 1
    group by a.experiment_id, a.user_id, a.arm, x.control_arm

),

arms as (

    select
        experiment_id,
        arm,
        control_arm,
        count(*) as user_count,
        avg(click_count) as mean_clicks,
        var_samp(click_count) as variance
    from users_of_arms
    group by experiment_id, arm, control_arm

),

compared as (

    select
        t.experiment_id,
        t.arm,
        c.mean_clicks as control_mean,
        t.mean_clicks as arm_mean,
        t.mean_clicks - c.mean_clicks as difference,
        sqrt(t.variance / t.user_count + c.variance / c.user_count) as standard_error
    from arms as t
    join arms as c on t.experiment_id = c.experiment_id and t.arm <> c.arm

)

select
    experiment_id,
    arm,
    control_mean,
    arm_mean,
    difference,
    standard_error,
    difference - 1.96 * standard_error as lower_limit,
    difference + 1.96 * standard_error as upper_limit
from compared
