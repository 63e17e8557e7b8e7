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

totals as (

    select
        c.day,
        s.surface,
        (
            select count(*)
            from engagements as e
            where e.engagement_type = 'save' and e.surface = s.surface and e.event_at < c.day + interval 1 day
        ) as saves_so_far
    from calendar as c
    cross join surfaces as s

)

select
    day,
    surface,
    saves_so_far - lag(saves_so_far, 1, 0) over (partition by surface order by day) as save_count,
    case
        when row_number() over (partition by surface order by day) > 6
            then saves_so_far - lag(saves_so_far, 7, 0) over (partition by surface order by day)
    end as saves_7d
from totals
