with assigned as (

    select a.user_id, a.arm, min(a.assigned_at) as assigned_at, x.ends_at
    from assignments as a
    join experiments as x on a.experiment_id = x.experiment_id
    where a.experiment_id = 'ranker_depth'
    group by a.user_id, a.arm, x.ends_at

),

clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type = 'click'

),

shown as (

    select
        a.user_id,
        a.arm,
        count(*) as impressions,
        count(c.impression_event_id) as clicked_impressions
    from assigned as a
    join impressions as i
        on a.user_id = i.user_id
        and i.event_at >= a.assigned_at
        and i.event_at < a.ends_at
    left join clicked as c on i.event_id = c.impression_event_id
    group by a.user_id, a.arm

),

saved as (

    select a.user_id, a.arm, count(*) as saves
    from assigned as a
    join engagements as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < a.ends_at
    where e.engagement_type = 'save'
    group by a.user_id, a.arm

)

select
    a.arm,
    count(*) as user_count,
    coalesce(sum(s.impressions), 0) / count(*) as impressions_per_user,
    sum(s.clicked_impressions) / sum(s.impressions) as ctr,
    coalesce(sum(v.saves), 0) / count(*) as saves_per_user
from assigned as a
left join shown as s on a.user_id = s.user_id and a.arm = s.arm
left join saved as v on a.user_id = v.user_id and a.arm = v.arm
group by a.arm
