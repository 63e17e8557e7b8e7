with offsets as (

    select
        user_id,
        min(event_at::date) over (partition by user_id) as cohort_day,
        event_at::date - min(event_at::date) over (partition by user_id) as day_offset
    from impressions

),

wide as (

    select
        cohort_day,
        count(distinct user_id) as user_count,
        [
            count(distinct case when day_offset = 0 then user_id end),
            count(distinct case when day_offset = 1 then user_id end),
            count(distinct case when day_offset = 2 then user_id end),
            count(distinct case when day_offset = 3 then user_id end),
            count(distinct case when day_offset = 4 then user_id end),
            count(distinct case when day_offset = 5 then user_id end),
            count(distinct case when day_offset = 6 then user_id end),
            count(distinct case when day_offset = 7 then user_id end)
        ] as active
    from offsets
    group by cohort_day

),

cells as (

    select
        w.cohort_day,
        o.place - 1 as day_offset,
        w.user_count,
        w.active[o.place] as active_count,
        w.cohort_day + (o.place - 1)::int < (select max(event_at)::date from impressions) as is_known
    from wide as w
    cross join range(1, 9) as o (place)

)

select
    cohort_day,
    day_offset,
    user_count,
    case when is_known then active_count end as active_count,
    case when is_known then active_count / user_count end as retention
from cells
