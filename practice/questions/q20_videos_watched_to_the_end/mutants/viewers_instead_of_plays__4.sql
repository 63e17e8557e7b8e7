with starts as (

    select user_id, item_id, min(event_at) as started_at
    from engagements
    where engagement_type = 'video_start'
    group by user_id, item_id

),

completes as (

    select user_id, item_id, max(event_at) as ended_at
    from engagements
    where engagement_type = 'video_complete'
    group by user_id, item_id

)

select
    s.started_at::date as day,
    count(*) as play_count,
    count(c.ended_at) as completed_count,
    count(c.ended_at) / count(*) as completion_rate
from starts as s
left join completes as c on s.user_id = c.user_id and s.item_id = c.item_id and c.ended_at >= s.started_at
group by s.started_at::date
