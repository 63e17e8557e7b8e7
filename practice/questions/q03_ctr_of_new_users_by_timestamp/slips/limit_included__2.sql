with clicked as (

    select distinct impression_event_id
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')

),

new_impressions as (

    select
        i.event_at::date as day,
        p.content_format,
        c.impression_event_id is not null as is_clicked
    from impressions as i
    join users as u on i.user_id = u.user_id
    join items as p on i.item_id = p.item_id
    left join clicked as c on i.event_id = c.impression_event_id
    where u.country = 'US'
        and i.event_at between u.signed_up_at and u.signed_up_at + interval 30 day

)

select
    day,
    content_format,
    count(*) as impression_count,
    count(*) filter (where is_clicked) as clicked_count,
    count(*) filter (where is_clicked) / count(*) as ctr
from new_impressions
group by day, content_format
