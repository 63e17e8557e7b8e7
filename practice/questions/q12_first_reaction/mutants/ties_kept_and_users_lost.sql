with first_times as (

    select user_id, min(event_at) as first_at
    from engagements
    group by user_id

)

select
    u.user_id,
    e.surface as first_surface,
    e.engagement_type as first_engagement_type,
    f.first_at
from users as u
join first_times as f on u.user_id = f.user_id
join engagements as e
    on f.user_id = e.user_id
    and f.first_at = e.event_at
