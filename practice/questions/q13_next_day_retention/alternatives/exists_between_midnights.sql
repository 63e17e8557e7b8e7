with users_seen as (

    select user_id, date_trunc('day', min(event_at)) as cohort_day
    from impressions
    group by user_id

),

judged as (

    select
        u.cohort_day,
        case
            when u.cohort_day + interval 2 day > (select max(event_at) from impressions) then null
            when exists (
                select 1
                from impressions as i
                where i.user_id = u.user_id
                    and i.event_at >= u.cohort_day + interval 1 day
                    and i.event_at < u.cohort_day + interval 2 day
            ) then 1.0
            else 0.0
        end as is_returned
    from users_seen as u

)

select
    cohort_day,
    count(*) as user_count,
    sum(is_returned) as returned_count,
    avg(is_returned) as retention
from judged
group by cohort_day
