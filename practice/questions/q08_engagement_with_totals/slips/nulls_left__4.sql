with located as (

    select
        case when u.user_id is null then 'unknown' else u.country end as country,
        e.surface,
        e.user_id
    from engagements as e
    left join users as u on e.user_id = u.user_id

)

select
    case when grouping(country) = 1 then 'all' else country end as country,
    case when grouping(surface) = 1 then 'all' else surface end as surface,
    count(*) as engagement_count,
    count(distinct user_id) as user_count
from located
group by rollup (country, surface)
