with days as (

    select distinct user_id, event_at::date as day
    from impressions

),

first_days as (

    select user_id, min(day) as cohort_day
    from days
    group by user_id

),

log as (

    select max(day) as last_day
    from days

),

cohorts as (

    select
        f.cohort_day,
        f.cohort_day + 1 < max(l.last_day) as is_judged,
        count(*) as user_count,
        count(d.user_id) as returned_count
    from first_days as f
    cross join log as l
    left join days as d
        on f.user_id = d.user_id
        and d.day = f.cohort_day + 1
    group by f.cohort_day

)

select
    cohort_day,
    user_count,
    returned_count,
    returned_count / user_count as retention
from cohorts
where returned_count > 0
