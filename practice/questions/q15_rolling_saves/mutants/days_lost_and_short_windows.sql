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
    sum(save_count) over (partition by surface order by day range between interval 6 day preceding and current row) as saves_7d
from saves
