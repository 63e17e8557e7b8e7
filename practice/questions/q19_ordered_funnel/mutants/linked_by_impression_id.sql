select
    p.content_format,
    count(distinct (i.user_id, i.item_id)) as shown_pairs,
    count(distinct (c.user_id, c.item_id)) filter (where c.event_id is not null) as clicked_pairs,
    count(distinct (v.user_id, v.item_id)) filter (where v.event_id is not null) as saved_pairs,
    count(distinct (v.user_id, v.item_id)) filter (where v.event_id is not null)
    / count(distinct (i.user_id, i.item_id)) as conversion_rate
from impressions as i
join items as p on i.item_id = p.item_id
left join engagements as c
    on i.event_id = c.impression_event_id
    and c.engagement_type = 'click'
    and c.event_at >= i.event_at
left join engagements as v
    on i.event_id = v.impression_event_id
    and v.engagement_type = 'save'
    and v.event_at >= c.event_at
group by p.content_format
