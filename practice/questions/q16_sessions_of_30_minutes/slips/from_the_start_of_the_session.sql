with recursive events as (

    select user_id, event_at from impressions
    union all
    select user_id, event_at from engagements

),

numbered as (

    select user_id, event_at, row_number() over (partition by user_id order by event_at) as place
    from events

),

sessions as (

    select user_id, event_at, place, event_at as started_at, 1 as session_number
    from numbered
    where place = 1

    union all

    select
        n.user_id,
        n.event_at,
        n.place,
        case when n.event_at < s.started_at + interval 30 minute then s.started_at else n.event_at end as started_at,
        case when n.event_at < s.started_at + interval 30 minute then 0 else 1 end + s.session_number as session_number
    from sessions as s
    join numbered as n on s.user_id = n.user_id and n.place = s.place + 1

)

select
    user_id,
    session_number,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    count(*) as event_count
from sessions
group by user_id, session_number
