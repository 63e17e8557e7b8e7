select
    event_id as click_event_id,
    event_at as clicked_at,
    (
        select max(i.event_at)
        from impressions as i
        where i.user_id = c.user_id
            and i.item_id = c.item_id
            and i.event_at <= c.event_at
            and c.event_at < i.event_at + interval 24 hour
    ) as shown_at
from engagements as c
where engagement_type = 'click'
