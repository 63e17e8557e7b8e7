select u.user_id, u.country, count(i.event_id) as impression_count
from impressions as i
join users as u using (user_id)
where u.user_id not in (
    select user_id from raw_engagements
    where user_id is not null and engagement_type not in ('hide', 'report', 'not_interested')
)
group by all
