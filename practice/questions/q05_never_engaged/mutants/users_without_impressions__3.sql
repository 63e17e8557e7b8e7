select
    u.user_id,
    u.country,
    count(i.event_id) as impression_count
from users as u
left join impressions as i on u.user_id = i.user_id
left join raw_engagements as e on u.user_id = e.user_id and e.engagement_type not in ('hide', 'report', 'not_interested')
where e.event_id is null
group by u.user_id, u.country
