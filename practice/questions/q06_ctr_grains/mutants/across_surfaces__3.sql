with clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

flagged as (

    select
        i.surface,
        i.user_id,
        i.item_id,
        case when c.impression_event_id is null then 0.0 else 1.0 end as is_clicked
    from impressions as i
    left join clicked as c on i.event_id = c.impression_event_id

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
    u.ctr as user_mean_ctr,
    p.ctr as item_mean_ctr
from surfaces as s
cross join (select avg(ctr) as ctr from (select user_id, avg(is_clicked) as ctr from flagged group by user_id)) as u
cross join (select avg(ctr) as ctr from (select item_id, avg(is_clicked) as ctr from flagged group by item_id)) as p
