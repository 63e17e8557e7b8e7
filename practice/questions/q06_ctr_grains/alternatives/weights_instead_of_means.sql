with flagged as (

    select
        i.surface,
        i.user_id,
        i.item_id,
        i.event_id,
        max(case when e.engagement_type in ('click', 'product_click', 'outbound_click') then 1.0 else 0.0 end) as is_clicked
    from impressions as i
    left join engagements as e on i.event_id = e.impression_event_id
    group by i.surface, i.user_id, i.item_id, i.event_id

),

weighted as (

    select
        surface,
        user_id,
        item_id,
        is_clicked,
        1.0 / count(*) over (partition by surface, user_id) as share_of_user,
        1.0 / count(*) over (partition by surface, item_id) as share_of_item
    from flagged

)

select
    surface,
    sum(is_clicked) / count(*) as ctr,
    sum(is_clicked * share_of_user) / count(distinct user_id) as user_mean_ctr,
    sum(is_clicked * share_of_item) / count(distinct item_id) as item_mean_ctr
from weighted
group by surface
