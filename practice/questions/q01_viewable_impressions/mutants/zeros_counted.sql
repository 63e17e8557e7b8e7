select
    surface,
    count(*) as impression_count,
    count(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 else 0 end) as viewable_count,
    count(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 else 0 end) / count(*) as viewable_share
from impressions
group by surface
