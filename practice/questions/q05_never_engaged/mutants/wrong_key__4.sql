select
    u.user_id,
    u.country,
    count(*) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
left join raw_engagements as e on i.event_id = e.impression_event_id
where e.event_id is null
group by u.user_id, u.country
