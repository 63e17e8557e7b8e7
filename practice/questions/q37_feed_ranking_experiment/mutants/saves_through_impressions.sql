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

)

select
    a.arm,
    count(distinct a.user_id) as user_count,
    count(distinct i.event_id) / count(distinct a.user_id) as impressions_per_user,
    count(distinct case when e.engagement_type = 'click' then i.event_id end)
    / nullif(count(distinct i.event_id), 0) as ctr,
    count(case when e.engagement_type = 'save' then 1 end) / count(distinct a.user_id) as saves_per_user
from assigned as a
left join impressions as i
    on a.user_id = i.user_id
    and i.event_at >= a.assigned_at
    and i.event_at < a.ends_at
left join engagements as e on i.event_id = e.impression_event_id
group by a.arm
