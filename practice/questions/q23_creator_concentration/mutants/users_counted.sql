with creators as (

    select
        p.content_format,
        p.creator_id,
        count(distinct i.user_id) as impression_count
    from items as p
    left join impressions as i on p.item_id = i.item_id
    group by p.content_format, p.creator_id

),

ranked as (

    select
        content_format,
        impression_count,
        impression_count / sum(impression_count) over (partition by content_format) as share,
        row_number() over (partition by content_format order by impression_count desc) as place,
        ceil(count(*) over (partition by content_format) / 4.0) as last_place
    from creators

)

select
    content_format,
    count(*) as creator_count,
    sum(impression_count) as impression_count,
    count(*) filter (where place <= last_place) as top_creator_count,
    sum(share) filter (where place <= last_place) as top_share,
    sum(share * share) as hhi
from ranked
group by content_format
