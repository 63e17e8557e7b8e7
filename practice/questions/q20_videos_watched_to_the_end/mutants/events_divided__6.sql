with starts as (

    select event_at::date as day, count(*) as play_count
    from engagements
    where engagement_type = 'video_start'
    group by event_at::date

),

completes as (

    select event_at::date as day, count(*) as completed_count
    from engagements
    where engagement_type = 'video_complete'
    group by event_at::date

)

select
    s.day,
    s.play_count,
    c.completed_count,
    c.completed_count / s.play_count as completion_rate
from starts as s
join completes as c on s.day = c.day
