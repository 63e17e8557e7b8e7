with events as (

    select
        user_id,
        item_id,
        event_at,
        engagement_type = 'video_start' as is_start,
        -- What happens at one instant: first the starts, then the completes.
        sum(case when engagement_type = 'video_start' then 1 else 0 end) over (
            partition by user_id, item_id
            order by event_at, engagement_type = 'video_complete'
            rows between unbounded preceding and current row
        ) as play_number
    from engagements
    where engagement_type in ('video_start', 'video_complete')

),

plays as (

    select
        min(event_at) filter (where is_start) as started_at,
        max(case when is_start then 0 else 1 end) as is_completed
    from events
    where play_number > 0
    group by user_id, item_id, play_number

)

select
    cast(started_at as date) as day,
    count(*) as play_count,
    sum(is_completed) as completed_count,
    avg(is_completed) as completion_rate
from plays
group by cast(started_at as date)
