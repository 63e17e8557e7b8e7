with clicked as (

    select distinct impression_event_id as event_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

surfaces as (

    select count(distinct surface) as surface_count
    from impressions

),

-- Each impression weighs as many as it has to stand for: the standard's number over the surface's own at its position.
weighted as (

    select
        i.surface,
        case when c.event_id is null then 0.0 else 1.0 end as is_clicked,
        count(*) over (partition by i.position)
        / count(*) over (partition by i.surface, i.position) as weight,
        i.position in (
            select position
            from impressions
            group by position
            having count(distinct surface) = (select surface_count from surfaces)
        ) as is_common
    from impressions as i
    left join clicked as c on i.event_id = c.event_id

)

select
    surface,
    count(*) as impression_count,
    avg(is_clicked) as ctr,
    sum(is_clicked * weight) filter (where is_common) / sum(weight) filter (where is_common) as standardised_ctr
from weighted
group by surface
