select
    c.event_id as click_event_id,
    c.event_at as clicked_at,
    i.event_at as shown_at
from engagements as c
left join impressions as i on c.impression_event_id = i.event_id
where c.engagement_type = 'click'
