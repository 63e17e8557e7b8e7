with shown as (

    select p.content_format, count(*) as n
    from impressions as e
    join items as p on e.item_id = p.item_id
    group by p.content_format

),

reactions as (

    select
        p.content_format,
        count(*) filter (where e.engagement_type = 'click') as click_count,
        count(*) filter (where e.engagement_type = 'save') as save_count
    from engagements as e
    join items as p on e.item_id = p.item_id
    group by p.content_format

)

select
    s.content_format,
    s.n as shown_pairs,
    coalesce(r.click_count, 0) as clicked_pairs,
    coalesce(r.save_count, 0) as saved_pairs,
    coalesce(r.save_count, 0) / s.n as conversion_rate
from shown as s
left join reactions as r on s.content_format = r.content_format
