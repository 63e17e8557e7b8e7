select
    i.user_id,
    row_number() over (partition by i.user_id order by min(i.event_at)) as session_number,
    min(i.event_at) as started_at,
    max(coalesce(e.event_at, i.event_at)) as ended_at,
    count(*) as event_count
from impressions as i
left join engagements as e on i.event_id = e.impression_event_id
group by i.user_id, i.session_id
