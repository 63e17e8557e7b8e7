select
    surface,
    count(*) as impression_count,
    count(*) filter (where viewport_fraction >= 0.5 and visible_ms >= 1000) as viewable_count,
    avg(case when viewport_fraction >= 0.5 and visible_ms >= 1000 then 1 when visible_ms is not null then 0 end) as viewable_share
from impressions
group by surface
