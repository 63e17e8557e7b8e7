with events as (

    select user_id, event_at from impressions
    union all
    select user_id, event_at from engagements

),

starts as (

    select
        e.user_id,
        e.event_at as started_at,
        row_number() over (partition by e.user_id order by e.event_at) as session_number
    from (select distinct user_id, event_at from events) as e
    where not exists (
        select 1
        from events as earlier
        where earlier.user_id = e.user_id
            and earlier.event_at < e.event_at
            and earlier.event_at > e.event_at - interval 30 minute
    )

)

select
    s.user_id,
    s.session_number,
    s.started_at,
    max(e.event_at) as ended_at,
    count(*) as event_count
from events as e
asof join starts as s on e.user_id = s.user_id and e.event_at >= s.started_at
group by s.user_id, s.session_number, s.started_at
