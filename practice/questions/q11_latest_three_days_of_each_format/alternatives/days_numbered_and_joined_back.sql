with days as (

    select distinct content_format, created_at::date as published_on
    from items

),

numbered as (

    select
        content_format,
        published_on,
        row_number() over (partition by content_format order by published_on desc) as day_rank
    from days

)

select n.content_format, p.item_id, n.published_on, n.day_rank
from numbered as n
join items as p
    on n.content_format = p.content_format
    and n.published_on = p.created_at::date
where n.day_rank <= 3
