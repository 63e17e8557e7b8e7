with events as (

    select
        i.surface,
        i.user_id,
        i.item_id,
        i.event_id,
        count(e.event_id) as clicks
    from impressions as i
    left join engagements as e
        on i.event_id = e.impression_event_id
        and e.engagement_type in ('click', 'product_click', 'outbound_click')
    group by i.surface, i.user_id, i.item_id, i.event_id

),

surfaces as (

    select surface, sum(clicks) / count(*) as ctr
    from events
    group by surface

),

user_means as (

    select surface, avg(ctr) as ctr
    from (
        select surface, user_id, sum(clicks) / count(*) as ctr
        from events
        group by surface, user_id
    )
    group by surface

),

item_means as (

    select surface, avg(ctr) as ctr
    from (
        select surface, item_id, sum(clicks) / count(*) as ctr
        from events
        group by surface, item_id
    )
    group by surface

)

select
    s.surface,
    s.ctr,
    u.ctr as user_mean_ctr,
    p.ctr as item_mean_ctr
from surfaces as s
join user_means as u on s.surface = u.surface
join item_means as p on s.surface = p.surface
