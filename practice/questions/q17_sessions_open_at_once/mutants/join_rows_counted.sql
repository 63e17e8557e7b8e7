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
    from sessions as t
    join sessions as s on t.started_at between s.started_at and s.ended_at
    group by t.started_at

),

ranked as (

    select
        started_at,
        open_count,
        row_number() over (partition by started_at::date order by open_count desc, started_at) as place
    from counted

)

select started_at::date as day, open_count as peak_count, started_at as peak_at
from ranked
where place = 1
