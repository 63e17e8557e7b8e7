with flagged as (

    select
        i.surface,
        i.user_id,
        i.item_id,
        case when e.engagement_type in ('click', 'product_click', 'outbound_click') then 1.0 else 0.0 end as is_clicked
    from impressions as i
    left join engagements as e on i.event_id = e.impression_event_id

),

surfaces as (

    select surface, avg(is_clicked) as ctr
    from flagged
    group by surface

),

users_ctr as (

    select surface, user_id, avg(is_clicked) as ctr
    from flagged
    group by surface, user_id

),

items_ctr as (

    select surface, item_id, avg(is_clicked) as ctr
    from flagged
    group by surface, item_id

),

user_means as (

    select surface, avg(ctr) as ctr
    from users_ctr
    group by surface

),

item_means as (

    select surface, avg(ctr) as ctr
    from items_ctr
    group by surface

)

select
    s.surface,
    s.ctr,
    s.ctr as user_mean_ctr,
    s.ctr as item_mean_ctr
from surfaces as s
join user_means as u on s.surface = u.surface
join item_means as p on s.surface = p.surface
