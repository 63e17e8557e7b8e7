with sessions as (

    select session_id, min(event_at) as started_at, max(event_at) as ended_at
    from (
        select session_id, event_at from impressions
        union all
        select session_id, event_at from engagements
    ) as events
    group by session_id

),

starts as (

    select started_at, sum(count(*)) over (order by started_at) as start_count
    from sessions
    group by started_at

),

ends as (

    select ended_at, sum(count(*)) over (order by ended_at) as end_count
    from sessions
    group by ended_at

),

-- Open at an instant are those that have started by then, less those that had ended before.
counted as (

    select s.started_at, s.start_count - coalesce(e.end_count, 0) as open_count
    from starts as s
    asof left join ends as e on s.started_at > e.ended_at

),

peaks as (

    select *, max(open_count) over (partition by started_at::date) as peak_count
    from counted

)

select started_at::date as day, max(peak_count) as peak_count, min(started_at) as peak_at
from peaks
where open_count = peak_count
group by started_at::date
