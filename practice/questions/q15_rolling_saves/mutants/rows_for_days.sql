with saves as (

    select event_at::date as day, surface, count(*) as save_count
    from engagements
    where engagement_type = 'save'
    group by event_at::date, surface

)

select
    day,
    surface,
    save_count,
    case
        when count(*) over (partition by surface order by day rows between 6 preceding and current row) = 7
            then sum(save_count) over (partition by surface order by day rows between 6 preceding and current row)
    end as saves_7d
from saves
