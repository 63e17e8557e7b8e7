with events as (

    select user_id, event_at from impressions
    union all
    select user_id, event_at from engagements

),

marked as (

    select
        user_id,
        event_at,
        case
            when event_at <= lag(event_at) over (partition by user_id order by event_at) + interval 30 second then 0
            else 1
        end as is_start
    from events

),

numbered as (

    select
        user_id,
        event_at,
        sum(is_start) over (partition by user_id order by event_at) as session_number
    from marked

)

select
    user_id,
    session_number,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    count(*) as event_count
from numbered
group by user_id, session_number
