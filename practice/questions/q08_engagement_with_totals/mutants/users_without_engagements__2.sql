select
    coalesce(u.country, 'all') as country,
    coalesce(e.surface, 'all') as surface,
    count(*) as engagement_count,
    count(distinct u.user_id) as user_count
from users as u
left join engagements as e on u.user_id = e.user_id
group by rollup (u.country, e.surface)
