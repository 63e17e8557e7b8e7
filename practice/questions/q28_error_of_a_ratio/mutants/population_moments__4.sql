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

moments as (

    select
        experiment_id,
        arm,
        count(*) as user_count,
        avg(impression_count) as mean_impressions,
        sum(click_count) / sum(impression_count) as ctr,
        var_samp(impression_count) as impression_variance,
        var_samp(click_count) as click_variance,
        covar_samp(click_count, impression_count) as covariance
    from users_of_arms
    group by experiment_id, arm

),

variances as (

    select
        experiment_id,
        arm,
        user_count,
        mean_impressions,
        ctr,
        click_variance - 2 * ctr * covariance + ctr * ctr * impression_variance as variance
    from moments

)

-- Where all users have the same ratio, rounding can leave something just below 0.
select
    experiment_id,
    arm,
    user_count,
    ctr,
    sqrt(case when variance < 0 then 0 else variance end / nullif(user_count - 1, 0)) / mean_impressions as standard_error
from variances
