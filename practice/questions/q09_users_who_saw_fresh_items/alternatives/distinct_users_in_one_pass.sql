select
    i.event_at::date as day,
    count(distinct i.user_id) as user_count,
    count(distinct i.user_id) filter (where i.event_at - p.created_at <= interval 72 hour) as fresh_user_count,
    count(distinct i.user_id) filter (where i.event_at - p.created_at <= interval 72 hour) / count(distinct i.user_id) as fresh_user_share,
    count(*) filter (where i.event_at - p.created_at <= interval 72 hour) as fresh_impression_count
from impressions as i
join items as p on i.item_id = p.item_id
group by i.event_at::date
