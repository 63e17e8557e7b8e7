with shown as (

    select distinct user_id, item_id
    from impressions

),

clicked as (

    select distinct user_id, item_id
    from engagements
    where engagement_type = 'click'

),

saved as (

    select distinct user_id, item_id
    from engagements
    where engagement_type = 'save'

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
