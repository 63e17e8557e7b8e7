select
    event_at::date as day,
    count(*) filter (where engagement_type = 'video_start') as play_count,
    count(*) filter (where engagement_type = 'video_complete') as completed_count,
    count(*) filter (where engagement_type = 'video_complete')
    / count(*) filter (where engagement_type = 'video_start') as completion_rate
from engagements
where engagement_type in ('video_start', 'video_complete')
group by event_at::date
