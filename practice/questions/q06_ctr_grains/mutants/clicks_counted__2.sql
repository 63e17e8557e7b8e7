with clicks as (

    select surface, user_id, item_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

surfaces as (

    select i.surface, coalesce(c.clicks, 0) / i.impressions as ctr
    from (select surface, count(*) as impressions from impressions group by surface) as i
    left join (select surface, count(*) as clicks from clicks group by surface) as c on i.surface = c.surface

),

user_means as (

    select i.surface, avg(coalesce(c.clicks, 0) / i.impressions) as ctr
    from (select surface, user_id, count(*) as impressions from impressions group by surface, user_id) as i
    left join (select surface, user_id, count(*) as clicks from clicks group by surface, user_id) as c
        on i.surface = c.surface and i.user_id = c.user_id
    group by i.surface

),

item_means as (

    select i.surface, avg(coalesce(c.clicks, 0) / i.impressions) as ctr
    from (select surface, item_id, count(*) as impressions from impressions group by surface, item_id) as i
    left join (select surface, item_id, count(*) as clicks from clicks group by surface, item_id) as c
        on i.surface = c.surface and i.item_id = c.item_id
    group by i.surface

)

select
    s.surface,
    s.ctr,
    u.ctr as user_mean_ctr,
    p.ctr as item_mean_ctr
from surfaces as s
join user_means as u on s.surface = u.surface
join item_means as p on s.surface = p.surface
