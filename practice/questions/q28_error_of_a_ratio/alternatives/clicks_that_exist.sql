with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

users_of_arms as (

    select
        f.experiment_id,
        f.arm,
        f.user_id,
        count(*) as impressions,
        count(*) filter (
            where exists (
                select 1
                from engagements as e
                where e.impression_event_id = i.event_id and e.engagement_type = 'click'
            )
        ) as clicks
    from first_assignments as f
    join experiments as x on f.experiment_id = x.experiment_id
    join impressions as i on f.user_id = i.user_id
    where i.event_at >= f.assigned_at and i.event_at < x.ends_at
    group by f.experiment_id, f.arm, f.user_id

),

-- The delta method replaces a user's clicks by what they are above the CTR of the arm.
residuals as (

    select
        experiment_id,
        arm,
        impressions,
        sum(clicks) over arms / sum(impressions) over arms as ctr,
        clicks - ctr * impressions as residual
    from users_of_arms
    window arms as (partition by experiment_id, arm)

)

select
    experiment_id,
    arm,
    count(*) as user_count,
    max(ctr) as ctr,
    stddev_samp(residual) * sqrt(count(*)) / sum(impressions) as standard_error
from residuals
group by experiment_id, arm
