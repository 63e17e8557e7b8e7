with numbered as (

    select
        a.user_id,
        a.arm,
        a.assigned_at,
        x.ends_at,
        row_number() over (partition by a.user_id order by a.assigned_at, a.arm) as place
    from assignments as a
    join experiments as x on a.experiment_id = x.experiment_id
    where a.experiment_id = 'ranker_depth'

),

assigned as (

    select user_id, arm, assigned_at, ends_at
    from numbered
    where place = 1

),

sizes as (

    select arm, count(*) as user_count
    from assigned
    group by arm

),

shown as (

    select a.arm, i.event_id
    from assigned as a
    join impressions as i
        on a.user_id = i.user_id
        and i.event_at >= a.assigned_at
        and i.event_at < a.ends_at

),

impressions_of_arms as (

    select arm, count(*) as impressions
    from shown
    group by arm

),

clicks_of_arms as (

    select s.arm, count(distinct s.event_id) as clicked_impressions
    from shown as s
    join engagements as e on s.event_id = e.impression_event_id
    where e.engagement_type = 'click'
    group by s.arm

),

saves_of_arms as (

    select a.arm, count(*) as saves
    from assigned as a
    join engagements as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < a.ends_at
    where e.engagement_type = 'save'
    group by a.arm

)

select
    z.arm,
    z.user_count,
    i.impressions / z.user_count as impressions_per_user,
    c.clicked_impressions / i.impressions as ctr,
    s.saves / z.user_count as saves_per_user
from sizes as z
join impressions_of_arms as i on z.arm = i.arm
join clicks_of_arms as c on z.arm = c.arm
join saves_of_arms as s on z.arm = s.arm
