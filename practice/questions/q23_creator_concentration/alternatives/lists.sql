with creators as (

    select content_format, creator_id, count(i.event_id) as n
    from items
    left join impressions as i using (item_id)
    group by content_format, creator_id

),

formats as (

    select
        content_format,
        count(*) as creator_count,
        sum(n) as impression_count,
        (count(*) + 3) // 4 as top_creator_count,
        list(n order by n desc) as counts
    from creators
    group by content_format

)

select
    content_format,
    creator_count,
    impression_count,
    top_creator_count,
    list_sum(counts[1:top_creator_count]) / impression_count as top_share,
    list_sum(list_transform(counts, lambda n: (n / impression_count) * (n / impression_count))) as hhi
from formats
