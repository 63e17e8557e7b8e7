select
    item_id,
    count(*) as click_count,
    greatest(count(dwell_ms), 1) as measured_count,
    count(*) filter (where dwell_ms >= 30000) as long_count,
    count(*) filter (where dwell_ms < 10000) as bounce_count,
    count(*) filter (where dwell_ms >= 30000) / greatest(count(dwell_ms), 1) as long_click_rate,
    count(*) filter (where dwell_ms < 10000) / greatest(count(dwell_ms), 1) as bounce_rate
from engagements
where engagement_type in ('click', 'product_click', 'outbound_click')
group by item_id
