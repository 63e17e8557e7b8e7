select
    event_at::date as day,
    count(*) filter (where engagement_type = 'video_start') as play_count,
    count(*) filter (where engagement_type = 'video_complete') as completed_count,
    count(*) filter (where engagement_type = 'video_complete')
    / nullif(count(*) filter (where engagement_type = 'video_start'), 0) as completion_rate
from engagements
group by event_at::date
