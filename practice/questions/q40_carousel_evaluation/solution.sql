with numbered as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'fresh_carousel'

),

users_of_arms as (

    select a.user_id, a.arm, a.assigned_at, x.ends_at
    from numbered as a
    cross join (select ends_at from experiments where experiment_id = 'fresh_carousel') as x
    where a.place = 1

),

sizes as (

    select arm, count(*) as user_count
    from users_of_arms
    group by arm

),

clicks as (

    select
        u.arm,
        count(*) as clicks,
        count(*) filter (where i.module_id = 'fresh_carousel') as inside,
        count(*) filter (
            where i.module_id is distinct from 'fresh_carousel' and e.surface = 'home_feed'
        ) as outside
    from users_of_arms as u
    join engagements as e
        on u.user_id = e.user_id
        and e.event_at >= u.assigned_at
        and e.event_at < u.ends_at
    left join impressions as i on e.impression_event_id = i.event_id
    where e.engagement_type = 'click'
    group by u.arm

),

slots as (

    select
        u.arm,
        count(*) as impressions,
        count(*) filter (
            where i.event_id in (select impression_event_id from engagements where engagement_type = 'click')
        ) as clicked_impressions
    from users_of_arms as u
    join impressions as i
        on u.user_id = i.user_id
        and i.event_at >= u.assigned_at
        and i.event_at < u.ends_at
    where i.surface = 'home_feed' and i.position between 3 and 8
    group by u.arm

)

select
    s.arm,
    s.user_count,
    coalesce(c.inside, 0) / s.user_count as carousel_clicks_per_user,
    coalesce(c.outside, 0) / s.user_count as home_feed_clicks_per_user,
    coalesce(c.clicks - c.inside - c.outside, 0) / s.user_count as other_clicks_per_user,
    coalesce(c.clicks, 0) / s.user_count as clicks_per_user,
    coalesce(p.impressions, 0) as slot_impressions,
    p.clicked_impressions / p.impressions as slot_ctr
from sizes as s
left join clicks as c on s.arm = c.arm
left join slots as p on s.arm = p.arm
