with located as (

    select
        coalesce(u.country, 'unknown') as country,
        e.surface,
        e.user_id
    from engagements as e
    left join users as u on e.user_id = u.user_id

),

pairs as (

    select country, surface, count(*) as engagement_count, count(distinct user_id) as user_count
    from located
    group by country, surface

)

select
    case when grouping(country) = 1 then 'all' else country end as country,
    case when grouping(surface) = 1 then 'all' else surface end as surface,
    sum(engagement_count) as engagement_count,
    sum(user_count) as user_count
from pairs
group by rollup (country, surface)
