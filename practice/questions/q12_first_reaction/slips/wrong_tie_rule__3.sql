with numbered as (

    select
        user_id,
        surface,
        engagement_type,
        event_id,
        event_at,
        row_number() over (partition by user_id order by event_at, surface, event_id) as place
    from engagements

)

select
    u.user_id,
    n.surface as first_surface,
    n.engagement_type as first_engagement_type,
    n.event_at as first_at
from users as u
left join numbered as n
    on u.user_id = n.user_id
    and n.place = 1
