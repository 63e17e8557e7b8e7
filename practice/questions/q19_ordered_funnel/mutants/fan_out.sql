select
    p.content_format,
    count(*) as shown_pairs,
    count(c.event_id) as clicked_pairs,
    count(v.event_id) as saved_pairs,
    count(v.event_id) / count(*) as conversion_rate
from impressions as i
join items as p on i.item_id = p.item_id
left join engagements as c
    on i.user_id = c.user_id
    and i.item_id = c.item_id
    and c.engagement_type = 'click'
    and c.event_at >= i.event_at
left join engagements as v
    on c.user_id = v.user_id
    and c.item_id = v.item_id
    and v.engagement_type = 'save'
    and v.event_at >= c.event_at
group by p.content_format
