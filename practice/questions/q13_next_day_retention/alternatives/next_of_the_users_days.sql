with days as (

    select distinct user_id, event_at::date as day
    from impressions

),

followed as (

    select
        day,
        row_number() over (partition by user_id order by day) as place,
        lead(day) over (partition by user_id order by day) as next_day,
        max(day) over () as last_day
    from days

)

select
    day as cohort_day,
    count(*) as user_count,
    sum(case when day + 1 >= last_day then null when next_day = day + 1 then 1 else 0 end) as returned_count,
    avg(case when day + 1 >= last_day then null when next_day = day + 1 then 1.0 else 0 end) as retention
from followed
where place = 1
group by day
