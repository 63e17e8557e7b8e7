with completes as (

    select user_id, item_id, event_at
    from engagements
    where engagement_type = 'video_complete'

),

plays as (

    select event_id, user_id, item_id, event_at
    from engagements
    where engagement_type = 'video_start'

),

completed as (

    -- The last start before a complete is the play that it belongs to.
    select distinct p.user_id, p.item_id, p.event_at
    from completes as c
    asof join plays as p on c.user_id = p.user_id and c.item_id = p.item_id and c.event_at >= p.event_at

),

numbered as (

    select
        *,
        row_number() over (partition by user_id, item_id, event_at order by event_id) as place
    from plays

)

select
    n.event_at::date as day,
    count(*) as play_count,
    count(c.event_at) as completed_count,
    count(c.event_at) / count(*) as completion_rate
from numbered as n
left join completed as c
    on n.user_id = c.user_id and n.item_id = c.item_id and n.event_at = c.event_at and n.place = 1
group by n.event_at::date
