with first_times as (

    select user_id, min(event_at) as first_at
    from engagements
    group by user_id

)

select
    f.user_id,
    e.surface as first_surface,
    e.engagement_type as first_engagement_type,
    f.first_at
from first_times as f
join engagements as e
    on f.user_id = e.user_id
    and f.first_at = e.event_at
