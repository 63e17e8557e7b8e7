select
    e.user_id,
    min(e.surface) as first_surface,
    min(e.engagement_type) as first_engagement_type,
    min(e.event_at) as first_at
from engagements as e
group by e.user_id
