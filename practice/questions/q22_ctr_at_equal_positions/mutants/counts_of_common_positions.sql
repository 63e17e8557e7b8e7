with clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

cells as (

    select
        i.surface,
        i.position,
        count(*) as impression_count,
        count(c.impression_event_id) as clicked_count
    from impressions as i
    left join clicked as c on i.event_id = c.impression_event_id
    group by i.surface, i.position

),

standard as (

    select position, sum(impression_count) as weight
    from cells
    group by position
    having count(*) = (select count(distinct surface) from impressions)

)

select
    c.surface,
    sum(c.impression_count) as impression_count,
    sum(c.clicked_count) / sum(c.impression_count) as ctr,
    sum(s.weight * c.clicked_count / c.impression_count) / sum(s.weight) as standardised_ctr
from cells as c
join standard as s on c.position = s.position
group by c.surface
