with user_days as (

    select
        i.event_at::date as day,
        i.user_id,
        max(case when i.event_at <= p.created_at + interval 72 hour then 1 else 0 end) as saw_fresh,
        count(*) filter (where i.event_at <= p.created_at + interval 72 hour) as fresh_impressions,
        count(*) as shown
    from impressions as i
    join items as p on i.item_id = p.item_id
    group by i.event_at::date, i.user_id

)

select
    day,
    sum(shown) as user_count,
    sum(saw_fresh) as fresh_user_count,
    avg(saw_fresh) as fresh_user_share,
    sum(fresh_impressions) as fresh_impression_count
from user_days
group by day
