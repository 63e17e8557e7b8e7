select
    u.user_id,
    u.country,
    count(*) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
where u.user_id not in (select user_id from raw_engagements where engagement_type not in ('hide', 'report', 'not_interested'))
group by u.user_id, u.country
