with located as (

    select
        coalesce(u.country, 'unknown') as country,
        e.surface,
        e.user_id
    from engagements as e
    left join users as u on e.user_id = u.user_id

),

cells as (

    select country, surface from located
    union
    select country, 'all' from located
    union
    select 'all', 'all'

)

select
    c.country,
    c.surface,
    count(d.user_id) as engagement_count,
    count(distinct d.user_id) as user_count
from cells as c
left join located as d
    on c.country in (d.country, 'all')
    and c.surface in (d.surface, 'all')
group by c.country, c.surface
