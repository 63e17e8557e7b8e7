with sessions as (

    select session_id, min(event_at) as started_at, max(event_at) as ended_at
    from (
        select session_id, event_at from impressions
        union all
        select session_id, event_at from engagements
    ) as events
    group by session_id

),

counted as (

    select t.started_at, count(*) as open_count
    from (select distinct started_at from sessions) as t
    join sessions as s on s.started_at <= t.started_at and s.ended_at >= t.started_at
    group by t.started_at

)

select
    started_at::date as day,
    max(open_count) as peak_count,
    arg_max(started_at, (open_count, -epoch(started_at))) as peak_at
from counted
group by started_at::date
