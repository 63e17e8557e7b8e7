with counted as (

    select date_trunc('minute', event_at) as started_at, count(distinct session_id) as open_count
    from (
        select session_id, event_at from impressions
        union all
        select session_id, event_at from engagements
    ) as events
    group by date_trunc('minute', event_at)

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
