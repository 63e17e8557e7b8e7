with shown as (

    select i.event_at::date as day, i.user_id, i.event_at, p.created_at
    from impressions as i
    join items as p on i.item_id = p.item_id

),

user_days as (

    select distinct day, user_id
    from shown

)

select
    u.day,
    count(*) as user_count,
    count(f.user_id) as fresh_user_count,
    count(f.user_id) * 1.0 / count(*) as fresh_user_share,
    coalesce(sum(f.shown), 0) as fresh_impression_count
from user_days as u
left join (
    select day, user_id, count(*) as shown
    from shown
    where created_at >= event_at - interval 3 day
    group by day, user_id
) as f on u.day = f.day and u.user_id = f.user_id
group by u.day
