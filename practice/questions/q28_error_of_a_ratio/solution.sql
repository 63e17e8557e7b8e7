with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at, arm) as place
    from assignments

),

clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type = 'click'

),

users_of_arms as (

    select
        a.experiment_id,
        a.arm,
        a.user_id,
        count(*) as impression_count,
        count(k.impression_event_id) as click_count
    from numbered as a
    join experiments as x on a.experiment_id = x.experiment_id
    join impressions as i
        on a.user_id = i.user_id
        and i.event_at >= a.assigned_at
        and i.event_at < x.ends_at
    left join clicked as k on i.event_id = k.impression_event_id
    where a.place = 1
    group by a.experiment_id, a.arm, a.user_id

),

residuals as (

    select
        experiment_id,
        arm,
        impression_count,
        sum(click_count) over arms / sum(impression_count) over arms as ctr,
        click_count - ctr * impression_count as residual
    from users_of_arms
    window arms as (partition by experiment_id, arm)

)

-- The variance of clicks less R times impressions is that of the delta method.
select
    experiment_id,
    arm,
    count(*) as user_count,
    ctr,
    sqrt(var_samp(residual) / count(*)) / avg(impression_count) as standard_error
from residuals
group by experiment_id, arm, ctr
