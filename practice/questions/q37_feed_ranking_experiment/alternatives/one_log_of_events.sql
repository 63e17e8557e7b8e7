-- Impressions and saves below each other instead of beside each other, so that no join repeats them.
with assigned as (

    select distinct on (a.user_id) a.user_id, a.arm, a.assigned_at, x.ends_at
    from assignments as a
    join experiments as x on a.experiment_id = x.experiment_id
    where x.experiment_id = 'ranker_depth'
    order by a.user_id, a.assigned_at, a.arm

),

events as (

    select
        user_id,
        event_at,
        1 as impression,
        case
            when event_id in (
                select impression_event_id
                from engagements
                where engagement_type = 'click' and impression_event_id is not null
            ) then 1
            else 0
        end as clicked,
        0 as saved
    from impressions

    union all

    select user_id, event_at, 0, 0, 1
    from engagements
    where engagement_type = 'save'

),

totals as (

    select
        a.arm,
        count(distinct a.user_id) as user_count,
        coalesce(sum(e.impression), 0) as impressions,
        coalesce(sum(e.clicked), 0) as clicked_impressions,
        coalesce(sum(e.saved), 0) as saves
    from assigned as a
    left join events as e on a.user_id = e.user_id and e.event_at >= a.assigned_at and e.event_at < a.ends_at
    group by a.arm

)

select
    arm,
    user_count,
    impressions / user_count as impressions_per_user,
    clicked_impressions / nullif(impressions, 0) as ctr,
    saves / user_count as saves_per_user
from totals
