select
    i.event_at::date as day,
    p.content_format,
    count(*) as impression_count,
    count(*) as clicked_count,
    count(*) / count(*) as ctr
from impressions as i
join users as u on i.user_id = u.user_id
join items as p on i.item_id = p.item_id
left join engagements as e on i.event_id = e.impression_event_id
where u.country = 'US'
    and i.event_at < u.signed_up_at + interval 30 day
    and e.engagement_type in ('click', 'product_click', 'outbound_click')
group by 1, 2
