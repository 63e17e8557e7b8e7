with clicks as (

    select
        item_id,
        count(*) as click_count,
        count(dwell_ms) as measured_count,
        count(*) filter (where dwell_ms >= 30000) as long_count,
        count(*) filter (where dwell_ms < 10000) as bounce_count
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')
    group by item_id

)

select
    *,
    long_count / (select count(*) from engagements as e where e.item_id = clicks.item_id) as long_click_rate,
    bounce_count / (select count(*) from engagements as e where e.item_id = clicks.item_id) as bounce_rate
from clicks
