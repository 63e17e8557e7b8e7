with events as (

    select user_id, event_at from impressions
    union all
    select user_id, event_at from engagements

)

select
    user_id,
    row_number() over (partition by user_id order by event_at::date) as session_number,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    count(*) as event_count
from events
group by user_id, event_at::date
