select
    item_id,
    count(*) as click_count,
    count(dwell_ms) as measured_count,
    count(*) filter (where dwell_ms >= 30000) as long_count,
    count(*) filter (where dwell_ms < 10000) as bounce_count,
    count(*) filter (where dwell_ms >= 30000) / count(dwell_ms) as long_click_rate,
    count(*) filter (where dwell_ms < 10000) / count(dwell_ms) as bounce_rate
from engagements
where engagement_type = 'click'
group by item_id
