with shown as (

    select surface, count(*) as impression_count
    from impressions
    group by surface

),

viewable as (

    select surface, count(*) as viewable_count
    from impressions
    where viewport_fraction >= 0.5 and visible_ms >= 1000
    group by surface

)

select
    surface,
    impression_count,
    viewable_count,
    viewable_count / impression_count as viewable_share
from shown
join viewable using (surface)
