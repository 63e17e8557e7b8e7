with saves as (

    select event_at::date as day, surface, count(*) filter (where engagement_type = 'save') as save_count
    from engagements
    group by event_at::date, surface

)

select
    day,
    surface,
    save_count,
    case
        when day >= (select min(event_at)::date + 6 from engagements)
            then sum(save_count) over (partition by surface order by day rows between 6 preceding and current row)
    end as saves_7d
from saves
