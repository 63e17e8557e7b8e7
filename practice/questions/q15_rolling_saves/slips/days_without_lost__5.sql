with log as (

    select min(event_at)::date as first_day, max(event_at)::date as last_day
    from engagements

),

calendar as (

    select distinct event_at::date as day
    from engagements

),

surfaces as (

    select distinct surface
    from engagements

),

saves as (

    select event_at::date as day, surface, count(*) as save_count
    from engagements
    where engagement_type = 'save'
    group by event_at::date, surface

),

filled as (

    select c.day, s.surface, coalesce(v.save_count, 0) as save_count
    from calendar as c
    cross join surfaces as s
    left join saves as v
        on c.day = v.day
        and s.surface = v.surface

)

select
    day,
    surface,
    save_count,
    case
        when count(*) over last_week = 7 then sum(save_count) over last_week
    end as saves_7d
from filled
window last_week as (partition by surface order by day rows between 6 preceding and current row)
