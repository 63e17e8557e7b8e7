with plays as (

    select
        event_id,
        user_id,
        item_id,
        event_at as started_at,
        lead(event_at) over (partition by user_id order by event_at) as next_started_at
    from engagements
    where engagement_type = 'video_start'

),

completed as (

    select distinct p.event_id
    from plays as p
    join engagements as c on p.user_id = c.user_id
    where c.engagement_type = 'video_complete'
        and c.event_at >= p.started_at
        and (c.event_at < p.next_started_at or p.next_started_at is null)

)

select
    p.started_at::date as day,
    count(*) as play_count,
    count(c.event_id) as completed_count,
    count(c.event_id) / count(*) as completion_rate
from plays as p
left join completed as c on p.event_id = c.event_id
group by p.started_at::date
