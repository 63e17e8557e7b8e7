select
    surface,
    count(*) as impression_count,
    sum(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 end) as viewable_count,
    avg(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 end) as viewable_share
from impressions
group by surface
