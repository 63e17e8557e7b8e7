select
    s.event_at::date as day,
    count(distinct s.event_id) as play_count,
    count(distinct c.event_id) as completed_count,
    count(distinct c.event_id) / count(distinct s.event_id) as completion_rate
from engagements as s
join engagements as c
    on s.user_id = c.user_id
    and s.item_id = c.item_id
    and c.engagement_type = 'video_complete'
    and c.event_at >= s.event_at
where s.engagement_type = 'video_start'
group by s.event_at::date
