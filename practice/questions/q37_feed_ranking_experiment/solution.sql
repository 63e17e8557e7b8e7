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

clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type = 'click'

),

shown as (

    select
        a.user_id,
        count(*) as impressions,
        count(c.impression_event_id) as clicked_impressions
    from assigned as a
    join impressions as i
        on a.user_id = i.user_id
        and i.event_at >= a.assigned_at
        and i.event_at < a.ends_at
    left join clicked as c on i.event_id = c.impression_event_id
    group by a.user_id

),

saved as (

    select a.user_id, count(*) as saves
    from assigned as a
    join engagements as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < a.ends_at
    where e.engagement_type = 'save'
    group by a.user_id

)

select
    a.arm,
    count(*) as user_count,
    coalesce(sum(s.impressions), 0) / count(*) as impressions_per_user,
    sum(s.clicked_impressions) / sum(s.impressions) as ctr,
    coalesce(sum(v.saves), 0) / count(*) as saves_per_user
from assigned as a
left join shown as s on a.user_id = s.user_id
left join saved as v on a.user_id = v.user_id
group by a.arm
