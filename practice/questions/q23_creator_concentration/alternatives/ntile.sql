with shown as (

    select item_id, count(*) as impression_count
    from impressions
    group by item_id

),

creators as (

    select
        p.content_format,
        p.creator_id,
        sum(coalesce(s.impression_count, 0)) as impression_count
    from items as p
    left join shown as s on p.item_id = s.item_id
    group by p.content_format, p.creator_id

),

quarters as (

    select
        content_format,
        impression_count,
        ntile(4) over (partition by content_format order by impression_count desc) as quarter
    from creators

)

select
    content_format,
    count(*) as creator_count,
    sum(impression_count) as impression_count,
    sum(case when quarter = 1 then 1 else 0 end) as top_creator_count,
    sum(case when quarter = 1 then impression_count else 0 end) / sum(impression_count) as top_share,
    sum(impression_count * impression_count) / (1.0 * sum(impression_count) * sum(impression_count)) as hhi
from quarters
group by content_format
