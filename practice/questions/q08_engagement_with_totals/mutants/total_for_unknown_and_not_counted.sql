with located as (

    select
        u.country,
        e.surface,
        u.user_id
    from engagements as e
    left join users as u on e.user_id = u.user_id

)

select
    coalesce(country, 'all') as country,
    coalesce(surface, 'all') as surface,
    count(*) as engagement_count,
    count(distinct user_id) as user_count
from located
group by rollup (country, surface)
