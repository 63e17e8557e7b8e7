select
    i.event_at::date as day,
    count(*) as user_count,
    count(*) filter (where i.event_at - p.created_at <= interval 72 hour) as fresh_user_count,
    count(*) filter (where i.event_at - p.created_at <= interval 72 hour) / count(*) as fresh_user_share,
    count(*) filter (where i.event_at - p.created_at <= interval 72 hour) as fresh_impression_count
from impressions as i
join items as p on i.item_id = p.item_id
group by i.event_at::date
