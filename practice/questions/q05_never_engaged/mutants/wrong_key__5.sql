select
    u.user_id,
    u.country,
    count(*) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
where not exists (select 1 from raw_engagements as e where e.impression_event_id = i.event_id)
group by u.user_id, u.country
