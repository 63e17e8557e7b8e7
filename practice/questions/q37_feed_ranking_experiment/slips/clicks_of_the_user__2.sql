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

shown as (

    select a.arm, count(*) as impressions
    from assigned as a
    join impressions as i
        on a.user_id = i.user_id
        and i.event_at >= a.assigned_at
        and i.event_at < a.ends_at
    group by a.arm

),

reacted as (

    select
        a.arm,
        count(distinct case when e.engagement_type = 'click' then e.impression_event_id end) as clicked_impressions,
        count(case when e.engagement_type = 'save' then 1 end) as saves
    from assigned as a
    join engagements as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < a.ends_at
    group by a.arm

)

select
    a.arm,
    count(*) as user_count,
    coalesce(max(s.impressions), 0) / count(*) as impressions_per_user,
    coalesce(max(r.clicked_impressions), 0) / max(s.impressions) as ctr,
    coalesce(max(r.saves), 0) / count(*) as saves_per_user
from assigned as a
left join shown as s on a.arm = s.arm
left join reacted as r on a.arm = r.arm
group by a.arm
