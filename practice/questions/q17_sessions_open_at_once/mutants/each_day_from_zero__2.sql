with sessions as (

    select session_id, min(event_at) as started_at, max(event_at) as ended_at
    from (
        select session_id, event_at from impressions
        union all
        select session_id, event_at from engagements
    ) as events
    group by session_id

),

changes as (

    select ended_at as changed_at, -1 as change from sessions
    union all
    select started_at as changed_at, 1 as change from sessions

),

counted as (

    select
        changed_at,
        change,
        sum(change) over (partition by changed_at::date order by changed_at, change desc) as open_count
    from changes

),

ranked as (

    select
        changed_at,
        open_count,
        row_number() over (partition by changed_at::date order by open_count desc, changed_at) as place
    from counted
    where change = 1

)

select changed_at::date as day, open_count as peak_count, changed_at as peak_at
from ranked
where place = 1
