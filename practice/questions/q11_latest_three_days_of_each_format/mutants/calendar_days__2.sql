with latest as (

    select content_format, max(created_at)::date as last_day
    from items
    group by content_format

)

select
    p.content_format,
    p.item_id,
    p.created_at::date as published_on,
    l.last_day - p.created_at::date + 1 as day_rank
from items as p
join latest as l on p.content_format = l.content_format
where p.created_at::date > l.last_day - 3
