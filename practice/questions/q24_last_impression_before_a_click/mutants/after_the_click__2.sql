select
    c.event_id as click_event_id,
    c.event_at as clicked_at,
    max(i.event_at) as shown_at
from engagements as c
left join impressions as i
    on c.user_id = i.user_id
    and c.item_id = i.item_id
where c.engagement_type = 'click'
group by c.event_id, c.event_at
