with clicks as (

    select item_id, count(*) as click_count
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')
    group by item_id

),

measured as (

    select
        item_id,
        count(*) as measured_count,
        sum((dwell_ms >= 30000)::int) as long_count,
        sum((dwell_ms < 10000)::int) as bounce_count,
        avg((dwell_ms >= 30000)::int) as long_click_rate,
        avg((dwell_ms < 10000)::int) as bounce_rate
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click') and dwell_ms is not null
    group by item_id

)

select
    c.item_id,
    c.click_count,
    coalesce(m.measured_count, 0) as measured_count,
    coalesce(m.long_count, 0) as long_count,
    coalesce(m.bounce_count, 0) as bounce_count,
    m.long_click_rate,
    m.bounce_rate
from clicks as c
left join measured as m on c.item_id = m.item_id
