select
    u.user_id,
    u.country,
    count(*) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
left join raw_engagements as e on u.user_id = e.user_id
group by u.user_id, u.country
having count(*) filter (where e.engagement_type not in ('hide', 'report', 'not_interested')) = 0
