with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

users_of_arms as (

    select
        f.experiment_id,
        f.arm,
        x.control_arm,
        (
            select count(*)
            from engagements as e
            where e.user_id = f.user_id
                and e.engagement_type = 'click'
                and e.event_at >= f.assigned_at
                and e.event_at < x.ends_at
        ) as y,
        (
            select count(*)
            from engagements as e
            where e.user_id = f.user_id and e.engagement_type = 'click' and e.event_at < f.assigned_at
        ) as past
    from first_assignments as f
    join experiments as x on f.experiment_id = x.experiment_id

),

-- n times the sum of products less the product of sums; whole numbers up to the division.
thetas as (

    select
        experiment_id,
        case
            when count(*) * sum(past * past) > sum(past) * sum(past)
                then (count(*) * sum(past * y) - sum(past) * sum(y))
                    / (count(*) * sum(past * past) - sum(past) * sum(past))
            else 0
        end as theta
    from users_of_arms
    group by experiment_id

),

-- The same from the moments of each arm, without adjusting any user.
arms as (

    select
        experiment_id,
        arm,
        control_arm,
        avg(y) as y,
        avg(past) as past,
        var_samp(y) / count(*) as yy,
        covar_samp(y, past) / count(*) as yp,
        var_samp(past) / count(*) as pp
    from users_of_arms
    group by experiment_id, arm, control_arm

)

select
    t.experiment_id,
    t.arm,
    h.theta,
    t.y - c.y as difference,
    t.y - c.y - h.theta * (t.past - c.past) as adjusted_difference,
    sqrt(
        case
            when t.yy + c.yy - 2 * h.theta * (t.yp + c.yp) + h.theta * h.theta * (t.pp + c.pp) < 0 then 0
            else t.yy + c.yy - 2 * h.theta * (t.yp + c.yp) + h.theta * h.theta * (t.pp + c.pp)
        end
    ) as adjusted_standard_error
from arms as t
join arms as c on t.experiment_id = c.experiment_id and c.arm = t.control_arm and t.arm <> c.arm
join thetas as h on t.experiment_id = h.experiment_id
