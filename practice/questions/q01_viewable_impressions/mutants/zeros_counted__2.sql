select
    surface,
    count(*) as impression_count,
    count(viewport_fraction >= 0.5 and visible_ms >= 1000) as viewable_count,
    count(viewport_fraction >= 0.5 and visible_ms >= 1000) / count(*) as viewable_share
from impressions
group by surface
