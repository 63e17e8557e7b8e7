with pairs as (

    select distinct user_id, item_id
    from impressions

),

steps as (

    select
        p.content_format,
        exists (
            select 1
            from impressions as i
            join engagements as c
                on i.user_id = c.user_id and i.item_id = c.item_id and i.event_at <= c.event_at
            where c.engagement_type = 'click'
                and i.user_id = s.user_id
                and i.item_id = s.item_id
        ) as is_clicked,
        exists (
            select 1
            from impressions as i
            join engagements as c
                on i.user_id = c.user_id and i.item_id = c.item_id and i.event_at <= c.event_at
            join engagements as v
                on c.user_id = v.user_id and c.item_id = v.item_id and c.event_at <= v.event_at
            where c.engagement_type = 'click'
                and v.engagement_type = 'save'
                and i.user_id = s.user_id
                and i.item_id = s.item_id
        ) as is_saved
    from pairs as s
    join items as p on s.item_id = p.item_id

)

select
    content_format,
    count(*) as shown_pairs,
    count(*) filter (where is_clicked) as clicked_pairs,
    count(*) filter (where is_saved) as saved_pairs,
    avg(is_saved::int) as conversion_rate
from steps
group by content_format
