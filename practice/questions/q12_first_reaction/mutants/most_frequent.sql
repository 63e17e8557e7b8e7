with counted as (

    select
        user_id,
        surface,
        min(event_at) as event_at,
        row_number() over (partition by user_id order by count(*) desc, surface) as place
    from engagements
    group by user_id, surface

)

select
    u.user_id,
    c.surface as first_surface,
    n.engagement_type as first_engagement_type,
    n.event_at as first_at
from users as u
left join counted as c on u.user_id = c.user_id and c.place = 1
left join (
    select user_id, surface, engagement_type, event_at
    from engagements
    qualify row_number() over (partition by user_id, surface order by event_at, event_id) = 1
) as n on c.user_id = n.user_id and c.surface = n.surface
