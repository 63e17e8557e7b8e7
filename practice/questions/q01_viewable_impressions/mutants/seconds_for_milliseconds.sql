select
    surface,
    count(*) as impression_count,
    count(*) filter (where viewport_fraction >= 0.5 and visible_ms >= 1) as viewable_count,
    count(*) filter (where viewport_fraction >= 0.5 and visible_ms >= 1) / count(*) as viewable_share
from impressions
group by surface
