with creators as (

    select
        p.creator_id,
        count(i.event_id) as impression_count
    from items as p
    left join impressions as i on p.item_id = i.item_id
    group by p.creator_id

),

top_creators as (

    select creator_id
    from creators
    qualify row_number() over (order by impression_count desc, creator_id) <= ceil(count(*) over () / 4.0)

),

by_format as (

    select
        p.content_format,
        p.creator_id,
        count(i.event_id) as impression_count
    from items as p
    left join impressions as i on p.item_id = i.item_id
    group by p.content_format, p.creator_id

),

shares as (

    select
        *,
        impression_count / sum(impression_count) over (partition by content_format) as share,
        creator_id in (select creator_id from top_creators) as is_top
    from by_format

)

select
    content_format,
    count(*) as creator_count,
    sum(impression_count) as impression_count,
    count(*) filter (where is_top) as top_creator_count,
    coalesce(sum(share) filter (where is_top), 0) as top_share,
    sum(share * share) as hhi
from shares
group by content_format
