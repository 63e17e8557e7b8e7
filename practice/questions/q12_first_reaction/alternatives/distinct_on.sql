select distinct on (u.user_id)
    u.user_id,
    e.surface as first_surface,
    e.engagement_type as first_engagement_type,
    e.event_at as first_at
from users as u
left join engagements as e on u.user_id = e.user_id
order by u.user_id, e.event_at, e.event_id
