with flagged as (

    select
        surface,
        case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 else 0 end as is_viewable
    from impressions

)

select
    surface,
    count(*) as impression_count,
    sum(is_viewable) as viewable_count,
    avg(is_viewable) as viewable_share
from flagged
group by surface
