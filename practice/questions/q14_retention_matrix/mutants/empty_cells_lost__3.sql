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

    select f.cohort_day, d.day - f.cohort_day as day_offset, count(*) as active_count
    from first_days as f
    join days as d on f.user_id = d.user_id
    group by f.cohort_day, d.day - f.cohort_day

),

cells as (

    select
        c.cohort_day,
        a.day_offset,
        c.user_count,
        a.active_count
    from cohorts as c
    join activity as a on c.cohort_day = a.cohort_day
    where a.day_offset <= 7

)

select
    cohort_day,
    day_offset,
    user_count,
    active_count,
    active_count / user_count as retention
from cells
