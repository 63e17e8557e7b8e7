with days as (

    select distinct user_id, event_at::date as day
    from impressions

),

first_days as (

    select user_id, min(day) as cohort_day
    from days
    group by user_id

),

cohorts as (

    select cohort_day, count(*) as user_count
    from first_days
    group by cohort_day

),

offsets as (

    select day_offset::int as day_offset
    from generate_series(0, 7) as o (day_offset)

),

activity as (

    select f.first_at::date as cohort_day, date_sub('hour', f.first_at, i.event_at) // 24 as day_offset, count(distinct f.user_id) as active_count
    from (select user_id, min(event_at) as first_at from impressions group by user_id) as f
    join impressions as i on f.user_id = i.user_id
    group by f.first_at::date, date_sub('hour', f.first_at, i.event_at) // 24

),

cells as (

    select
        c.cohort_day,
        o.day_offset,
        c.user_count,
        case
            when true then coalesce(a.active_count, 0)
        end as active_count
    from cohorts as c
    cross join offsets as o
    left join activity as a
        on c.cohort_day = a.cohort_day
        and o.day_offset = a.day_offset

)

select
    cohort_day,
    day_offset,
    user_count,
    active_count,
    active_count / user_count as retention
from cells
