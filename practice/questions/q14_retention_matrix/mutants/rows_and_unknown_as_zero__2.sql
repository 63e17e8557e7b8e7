with first_days as (

    select user_id, min(event_at)::date as cohort_day
    from impressions
    group by user_id

),

offsets as (

    select day_offset::int as day_offset
    from generate_series(0, 7) as o (day_offset)

),

cells as (

    select
        f.cohort_day,
        o.day_offset,
        count(f.user_id) as user_count,
        count(i.user_id) as active_count,
        true as is_known
    from first_days as f
    cross join offsets as o
    left join impressions as i
        on f.user_id = i.user_id
        and i.event_at::date = f.cohort_day + o.day_offset
    group by f.cohort_day, o.day_offset

)

select
    cohort_day,
    day_offset,
    user_count,
    case when is_known then active_count end as active_count,
    case when is_known then active_count / user_count end as retention
from cells
