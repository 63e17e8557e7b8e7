with first_days as (

    select user_id, min(event_at)::date as cohort_day
    from impressions
    group by user_id

),

user_cells as (

    select
        f.cohort_day,
        o.day_offset,
        case
            when f.cohort_day + o.day_offset >= (select max(event_at)::date from impressions) then null
            when exists (
                select 1
                from impressions as i
                where i.user_id = f.user_id
                    and i.event_at::date = f.cohort_day + o.day_offset
            ) then 1.0
            else 0.0
        end as is_active
    from first_days as f
    cross join (values (0), (1), (2), (3), (4), (5), (6), (7)) as o (day_offset)

)

select
    cohort_day,
    day_offset,
    count(*) as user_count,
    sum(is_active) as active_count,
    avg(is_active) as retention
from user_cells
group by cohort_day, day_offset
