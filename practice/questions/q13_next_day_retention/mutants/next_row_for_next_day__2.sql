with followed as (

    select
        user_id,
        event_at::date as day,
        row_number() over (partition by user_id order by event_at, event_id) as place,
        lead(event_at::date) over (partition by user_id order by event_at, event_id) as next_day
    from impressions

),

cohorts as (

    select
        day as cohort_day,
        day + 1 < (select max(event_at)::date from impressions) as is_judged,
        count(*) as user_count,
        sum(case when next_day = day + 1 then 1 else 0 end) as returned_count
    from followed
    where place = 1
    group by day

)

select
    cohort_day,
    user_count,
    returned_count,
    returned_count / user_count as retention
from cohorts
