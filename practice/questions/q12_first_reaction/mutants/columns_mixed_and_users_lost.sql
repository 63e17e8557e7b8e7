select
    u.user_id,
    min(e.surface) as first_surface,
    min(e.engagement_type) as first_engagement_type,
    min(e.event_at) as first_at
from users as u
join engagements as e on u.user_id = e.user_id
group by u.user_id
