select
    u.user_id,
    e.surface as first_surface,
    e.engagement_type as first_engagement_type,
    e.event_at as first_at
from users as u
left join engagements as e
    on u.user_id = e.user_id
    and not exists (
        select 1
        from engagements as earlier
        where earlier.user_id = e.user_id
            and (
                earlier.event_at < e.event_at
                or (earlier.event_at = e.event_at and earlier.event_id < e.event_id)
            )
    )
