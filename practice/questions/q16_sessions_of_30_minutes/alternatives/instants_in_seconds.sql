with instants as (

    select user_id, event_at, count(*) as event_count
    from (
        select user_id, event_at from impressions
        union all
        select user_id, event_at from engagements
    )
    group by user_id, event_at

),

gaps as (

    select
        *,
        extract(epoch from event_at - lag(event_at) over (partition by user_id order by event_at)) as idle_seconds
    from instants

),

numbered as (

    select
        *,
        count(*) filter (where idle_seconds is null or idle_seconds >= 1800) over (
            partition by user_id
            order by event_at
            rows between unbounded preceding and current row
        ) as session_number
    from gaps

)

select
    user_id,
    session_number,
    min(event_at) as started_at,
    max(event_at) as ended_at,
    sum(event_count) as event_count
from numbered
group by user_id, session_number
