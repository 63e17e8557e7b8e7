with clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

shown as (

    select
        i.surface,
        i.position,
        case when c.impression_event_id is null then 0.0 else 1.0 end as is_clicked
    from impressions as i
    left join clicked as c on i.event_id = c.impression_event_id

),

expected as (

    select
        surface,
        is_clicked,
        avg(is_clicked) over (partition by position) as expected_ctr
    from shown

)

select
    surface,
    count(*) as impression_count,
    avg(is_clicked) as ctr,
    sum(is_clicked) / nullif(sum(expected_ctr), 0) * (select avg(is_clicked) from shown) as standardised_ctr
from expected
group by surface
