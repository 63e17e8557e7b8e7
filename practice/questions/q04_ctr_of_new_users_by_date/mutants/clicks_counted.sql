select
    i.event_at::date as day,
    p.content_format,
    count(distinct i.event_id) as impression_count,
    count(*) filter (where e.engagement_type in ('click', 'product_click', 'outbound_click')) as clicked_count,
    count(*) filter (where e.engagement_type in ('click', 'product_click', 'outbound_click')) / count(distinct i.event_id) as ctr
from impressions as i
join users as u on i.user_id = u.user_id
join items as p on i.item_id = p.item_id
left join engagements as e on i.event_id = e.impression_event_id
where u.country = 'US'
    and i.event_at::date - u.signed_up_at::date <= 30
group by 1, 2
