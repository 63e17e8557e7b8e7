with shown as (

    select
        i.event_at::date as day,
        p.content_format,
        count(*) as impression_count
    from impressions as i
    join users as u on i.user_id = u.user_id
    join items as p on i.item_id = p.item_id
    where u.country = 'US' and i.event_at < u.signed_up_at + interval 30 day
    group by all

),

clicks as (

    select
        e.event_at::date as day,
        p.content_format,
        count(distinct e.impression_event_id) as clicked_count
    from engagements as e
    join users as u on e.user_id = u.user_id
    join items as p on e.item_id = p.item_id
    where e.engagement_type in ('click', 'product_click', 'outbound_click') and u.country = 'US' and e.event_at < u.signed_up_at + interval 30 day
    group by all

)

select
    day,
    content_format,
    impression_count,
    coalesce(clicked_count, 0) as clicked_count,
    coalesce(clicked_count, 0) / impression_count as ctr
from shown
left join clicks using (day, content_format)
