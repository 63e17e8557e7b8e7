with log as (

    select min(event_at)::date as first_day, max(event_at)::date as last_day
    from engagements

),

calendar as (

    select unnest(generate_series(first_day, last_day, interval 1 day))::date as day
    from log

),

surfaces as (

    select distinct surface
    from engagements

),

cells as (

    select c.day, s.surface, l.first_day
    from calendar as c
    cross join surfaces as s
    cross join log as l

)

select
    c.day,
    c.surface,
    count(case when e.event_at::date = c.day then 1 end) as save_count,
    case when c.day >= c.first_day + 6 then count(e.event_id) end as saves_7d
from cells as c
left join engagements as e
    on c.surface = e.surface
    and e.engagement_type = 'save'
    and e.event_at::date between c.day - 6 and c.day
group by c.day, c.surface, c.first_day
