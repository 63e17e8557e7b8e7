select
    u.user_id,
    u.country,
    count(distinct i.event_id) as impression_count
from users as u
join impressions as i on u.user_id = i.user_id
left join raw_engagements as e on u.user_id = e.user_id
where e.user_id is null or e.engagement_type in ('hide', 'report', 'not_interested')
group by u.user_id, u.country
