select
    c.event_id as click_event_id,
    c.event_at as clicked_at,
    case when i.event_at > c.event_at - interval 24 hour then i.event_at end as shown_at
from engagements as c
asof left join impressions as i
    on c.user_id = i.user_id and c.item_id = i.item_id and c.event_at >= i.event_at
where c.engagement_type = 'click'
