with first_arms as (

    select distinct on (user_id) user_id, arm, assigned_at
    from assignments
    where experiment_id = 'fresh_carousel'
    order by user_id, assigned_at, arm

),

shown as (

    select
        f.arm,
        f.user_id,
        i.event_id,
        i.module_id,
        i.surface,
        i.surface = 'home_feed' and i.position between 3 and 8 as is_slot,
        e.event_id as click_id
    from first_arms as f
    join impressions as i on f.user_id = i.user_id and i.event_at >= f.assigned_at
    join experiments as x on i.event_at < x.ends_at
    left join engagements as e on i.event_id = e.impression_event_id and e.engagement_type = 'click'
    where x.experiment_id = 'fresh_carousel'

)

select
    arm,
    count(distinct user_id) as user_count,
    count(click_id) filter (where module_id = 'fresh_carousel') / count(distinct user_id) as carousel_clicks_per_user,
    count(click_id) filter (where module_id is distinct from 'fresh_carousel' and surface = 'home_feed')
    / count(distinct user_id) as home_feed_clicks_per_user,
    count(click_id) filter (where module_id is distinct from 'fresh_carousel' and surface <> 'home_feed')
    / count(distinct user_id) as other_clicks_per_user,
    count(click_id) / count(distinct user_id) as clicks_per_user,
    count(distinct event_id) filter (where is_slot) as slot_impressions,
    count(distinct event_id) filter (where is_slot and click_id is not null)
    / nullif(count(distinct event_id) filter (where is_slot), 0) as slot_ctr
from shown
group by arm
