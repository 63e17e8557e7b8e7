select
    item_id,
    count(*) as click_count,
    count(dwell_ms) as measured_count,
    count(*) filter (where dwell_ms >= 30000) as long_count,
    count(*) filter (where dwell_ms < 10000) as bounce_count,
    coalesce(count(*) filter (where dwell_ms >= 30000) / nullif(count(dwell_ms), 0), 0) as long_click_rate,
    coalesce(count(*) filter (where dwell_ms < 10000) / nullif(count(dwell_ms), 0), 0) as bounce_rate
from engagements
where engagement_type in ('click', 'product_click', 'outbound_click')
group by item_id
