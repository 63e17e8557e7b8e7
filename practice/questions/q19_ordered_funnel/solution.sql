with shown as (

    select user_id, item_id, min(event_at) as shown_at
    from impressions
    group by user_id, item_id

),

clicked as (

    select s.user_id, s.item_id, min(e.event_at) as clicked_at
    from shown as s
    join engagements as e on s.user_id = e.user_id and s.item_id = e.item_id
    where e.engagement_type = 'click'
        and e.event_at >= s.shown_at
    group by s.user_id, s.item_id

),

saved as (

    select distinct c.user_id, c.item_id
    from clicked as c
    join engagements as e on c.user_id = e.user_id and c.item_id = e.item_id
    where e.engagement_type = 'save'
        and e.event_at >= c.clicked_at

)

select
    p.content_format,
    count(*) as shown_pairs,
    count(c.item_id) as clicked_pairs,
    count(v.item_id) as saved_pairs,
    count(v.item_id) / count(*) as conversion_rate
from shown as s
join items as p on s.item_id = p.item_id
left join clicked as c on s.user_id = c.user_id and s.item_id = c.item_id
left join saved as v on s.user_id = v.user_id and s.item_id = v.item_id
group by p.content_format
