select
    item_id,
    count(*) as click_count,
    sum(case when dwell_ms is not null then 1 else 0 end) as measured_count,
    sum(case when dwell_ms >= 30000 then 1 else 0 end) as long_count,
    sum(case when dwell_ms < 10000 then 1 else 0 end) as bounce_count,
    avg(case when dwell_ms >= 30000 then 1.0 when dwell_ms is not null then 0.0 end) as long_click_rate,
    avg(case when dwell_ms < 10000 then 1.0 when dwell_ms is not null then 0.0 end) as bounce_rate
from engagements
where engagement_type in ('click', 'product_click', 'outbound_click')
group by item_id
