select
    u.user_id,
    u.country,
    count(*) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
where not exists (select 1 from raw_engagements as e where e.user_id = u.user_id)
group by u.user_id, u.country
