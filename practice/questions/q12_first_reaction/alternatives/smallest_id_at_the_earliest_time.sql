with first_times as (

    select user_id, min(event_at) as first_at
    from engagements
    group by user_id

),

first_events as (

    select e.user_id, min(e.event_id) as event_id
    from engagements as e
    join first_times as f
        on e.user_id = f.user_id
        and e.event_at = f.first_at
    group by e.user_id

)

select
    u.user_id,
    e.surface as first_surface,
    e.engagement_type as first_engagement_type,
    e.event_at as first_at
from users as u
left join first_events as f on u.user_id = f.user_id
left join engagements as e on f.event_id = e.event_id
