with followed as (

    select
        event_at,
        engagement_type,
        lead(engagement_type) over (partition by user_id, item_id order by event_at, event_id) as next_type
    from engagements
    where engagement_type in ('video_start', 'video_complete')

)

select
    event_at::date as day,
    count(*) as play_count,
    count(*) filter (where next_type = 'video_complete') as completed_count,
    count(*) filter (where next_type = 'video_complete') / count(*) as completion_rate
from followed
where engagement_type = 'video_start'
group by event_at::date
