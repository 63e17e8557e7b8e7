with first_times as (

    select user_id, min(assigned_at) as assigned_at
    from assignments
    where experiment_id = 'ranker_depth'
    group by user_id

),

assigned as (

    select f.user_id, f.assigned_at, min(a.arm) as arm
    from first_times as f
    join assignments as a
        on f.user_id = a.user_id
        and f.assigned_at = a.assigned_at
        and a.experiment_id = 'ranker_depth'
    group by f.user_id, f.assigned_at

),

limits as (

    select ends_at
    from experiments
    where experiment_id = 'ranker_depth'

),

of_users as (

    select
        a.arm,
        (
            select count(*)
            from impressions as i
            where i.user_id = a.user_id
                and i.event_at >= a.assigned_at
                and i.event_at < l.ends_at
        ) as impressions,
        (
            select count(distinct i.event_id)
            from impressions as i
            join engagements as e on i.event_id = e.impression_event_id
            where i.user_id = a.user_id
                and i.event_at >= a.assigned_at
                and i.event_at < l.ends_at
                and e.engagement_type = 'click'
        ) as clicked_impressions,
        (
            select count(*)
            from engagements as e
            where e.user_id = a.user_id
                and e.event_at >= a.assigned_at
                and e.event_at < l.ends_at
                and e.engagement_type = 'save'
        ) as saves
    from assigned as a
    cross join limits as l

)

select
    arm,
    count(*) as user_count,
    avg(impressions) as impressions_per_user,
    sum(clicked_impressions) / nullif(sum(impressions), 0) as ctr,
    avg(saves) as saves_per_user
from of_users
group by arm
