with first_seen as (

    select user_id, min(event_at) as first_at
    from impressions
    group by user_id

),

cohorts as (

    select
        f.first_at::date as cohort_day,
        f.first_at::date + 1 < (select max(event_at)::date from impressions) as is_judged,
        count(distinct f.user_id) as user_count,
        count(distinct i.user_id) as returned_count
    from first_seen as f
    left join impressions as i
        on f.user_id = i.user_id
        and i.event_at > f.first_at
        and i.event_at <= f.first_at + interval 24 hour
    group by f.first_at::date

)

select
    cohort_day,
    user_count,
    returned_count,
    returned_count / user_count as retention
from cohorts
