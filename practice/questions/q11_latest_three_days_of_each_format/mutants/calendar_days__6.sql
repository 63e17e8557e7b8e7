with latest as (

    select max(created_at)::date as last_day
    from items

)

select
    p.content_format,
    p.item_id,
    p.created_at::date as published_on,
    l.last_day - p.created_at::date + 1 as day_rank
from items as p
cross join latest as l
where p.created_at::date > l.last_day - 3
