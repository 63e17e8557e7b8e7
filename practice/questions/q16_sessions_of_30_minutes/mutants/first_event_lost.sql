with events as (

    select user_id, event_at from impressions
    union all
    select user_id, event_at from engagements

),

marked as (

    select
        user_id,
        event_at,
        lag(event_at) over (partition by user_id order by event_at) as previous_at
    from events

),

numbered as (

    select
        user_id,
        event_at,
        1 + sum(case when event_at >= previous_at + interval 30 minute then 1 else 0 end) over (
            partition by user_id
            order by event_at
        ) as session_number
    from marked
    where previous_at is not null

)

select
    user_id,
    session_number,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    count(*) as event_count
from numbered
group by user_id, session_number
