select
    item_id,
    count(*) as click_count,
    count(dwell_ms) as measured_count,
    count(*) filter (where dwell_ms >= 30000) as long_count,
    count(*) filter (where coalesce(dwell_ms, 0) < 10000) as bounce_count,
    avg(case when dwell_ms >= 30000 then 1.0 else 0.0 end) as long_click_rate,
    avg(case when coalesce(dwell_ms, 0) < 10000 then 1.0 else 0.0 end) as bounce_rate
from engagements
where engagement_type in ('click', 'product_click', 'outbound_click')
group by item_id
