with first_arms as (

    select distinct on (user_id) user_id, arm, assigned_at
    from assignments
    where experiment_id = 'fresh_carousel'
    order by user_id, assigned_at, arm

),

placed_clicks as (

    select
        e.user_id,
        e.event_at,
        case
            when exists (
                select 1
                from impressions as i
                where i.event_id = e.impression_event_id and i.module_id = 'fresh_carousel'
            ) then 'carousel'
            when e.surface = 'home_feed' then 'home_feed'
            else 'other'
        end as area
    from engagements as e
    where e.engagement_type = 'click'

),

user_clicks as (

    select
        f.user_id,
        f.arm,
        count(c.area) as clicks,
        sum(case when c.area = 'carousel' then 1 else 0 end) as carousel_clicks,
        sum(case when c.area = 'home_feed' then 1 else 0 end) as home_feed_clicks,
        sum(case when c.area = 'other' then 1 else 0 end) as other_clicks
    from first_arms as f
    left join placed_clicks as c
        on f.user_id = c.user_id
        and c.event_at >= f.assigned_at
        and c.event_at < (select ends_at from experiments where experiment_id = 'fresh_carousel')
    group by f.user_id, f.arm

),

user_slots as (

    select
        f.arm,
        i.event_id,
        max(case when e.engagement_type = 'click' then 1 else 0 end) as is_clicked
    from first_arms as f
    join impressions as i on f.user_id = i.user_id and i.event_at >= f.assigned_at
    left join engagements as e on i.event_id = e.impression_event_id
    where i.event_at < (select ends_at from experiments where experiment_id = 'fresh_carousel')
        and i.surface = 'home_feed'
        and i.position in (3, 4, 5, 6, 7, 8)
    group by f.arm, i.event_id

)

select
    c.arm,
    count(*) as user_count,
    avg(c.carousel_clicks) as carousel_clicks_per_user,
    avg(c.home_feed_clicks) as home_feed_clicks_per_user,
    avg(c.other_clicks) as other_clicks_per_user,
    avg(c.clicks) as clicks_per_user,
    (select count(*) from user_slots as s where s.arm = c.arm) as slot_impressions,
    (select avg(s.is_clicked) from user_slots as s where s.arm = c.arm) as slot_ctr
from user_clicks as c
group by c.arm
