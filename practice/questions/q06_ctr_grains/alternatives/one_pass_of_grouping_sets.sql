with flagged as (

    select
        surface,
        user_id,
        item_id,
        case
            when exists (
                select 1
                from engagements as e
                where e.impression_event_id = i.event_id
                    and e.engagement_type in ('click', 'product_click', 'outbound_click')
            ) then 1.0
            else 0.0
        end as is_clicked
    from impressions as i

),

grains as (

    select
        surface,
        grouping(user_id) as is_without_user,
        grouping(item_id) as is_without_item,
        avg(is_clicked) as ctr
    from flagged
    group by grouping sets ((surface), (surface, user_id), (surface, item_id))

)

select
    surface,
    avg(ctr) filter (where is_without_user = 1 and is_without_item = 1) as ctr,
    avg(ctr) filter (where is_without_user = 0) as user_mean_ctr,
    avg(ctr) filter (where is_without_item = 0) as item_mean_ctr
from grains
group by surface
