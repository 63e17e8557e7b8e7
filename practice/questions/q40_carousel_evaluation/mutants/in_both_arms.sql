with arms as (

    select user_id, arm, assigned_at
    from assignments
    where experiment_id = 'fresh_carousel'

),

clicks as (

    select
        a.user_id,
        count(*) as clicks,
        count(*) filter (where i.module_id = 'fresh_carousel') as inside,
        count(*) filter (
            where i.module_id is distinct from 'fresh_carousel' and e.surface = 'home_feed'
        ) as outside
    from arms as a
    join engagements as e on a.user_id = e.user_id and e.event_at >= a.assigned_at
    left join impressions as i on e.impression_event_id = i.event_id
    where e.engagement_type = 'click'
        and e.event_at < (select ends_at from experiments where experiment_id = 'fresh_carousel')
    group by a.user_id

),

slots as (

    select
        a.arm,
        count(*) as impressions,
        count(*) filter (
            where i.event_id in (select impression_event_id from engagements where engagement_type = 'click')
        ) as clicked_impressions
    from arms as a
    join impressions as i on a.user_id = i.user_id and i.event_at >= a.assigned_at
    where i.surface = 'home_feed'
        and i.position between 3 and 8
        and i.event_at < (select ends_at from experiments where experiment_id = 'fresh_carousel')
    group by a.arm

)

select
    a.arm,
    count(*) as user_count,
    coalesce(sum(c.inside), 0) / count(*) as carousel_clicks_per_user,
    coalesce(sum(c.outside), 0) / count(*) as home_feed_clicks_per_user,
    coalesce(sum(c.clicks - c.inside - c.outside), 0) / count(*) as other_clicks_per_user,
    coalesce(sum(c.clicks), 0) / count(*) as clicks_per_user,
    coalesce(any_value(p.impressions), 0) as slot_impressions,
    any_value(p.clicked_impressions) / any_value(p.impressions) as slot_ctr
from arms as a
left join clicks as c on a.user_id = c.user_id
left join slots as p on a.arm = p.arm
group by a.arm
