with sessions as (

    select session_id, min(event_at) as started_at
    from (
        select session_id, event_at from impressions
        union all
        select session_id, event_at from engagements
    ) as events
    group by session_id

)

select started_at::date as day, count(*) as peak_count, min(started_at) as peak_at
from sessions
group by started_at::date
