select
    case when grouping(u.country) = 1 then 'all' else coalesce(u.country, 'unknown') end as country,
    case when grouping(e.surface) = 1 then 'all' else e.surface end as surface,
    count(e.event_id) as engagement_count,
    count(distinct coalesce(e.user_id, u.user_id)) as user_count
from users as u
full join engagements as e on u.user_id = e.user_id
group by rollup (u.country, e.surface)
