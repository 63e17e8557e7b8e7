with ranked as (

    select
        content_format,
        item_id,
        created_at::date as published_on,
        dense_rank() over (partition by content_format order by created_at::date) as day_rank
    from items

)

select content_format, item_id, published_on, day_rank
from ranked
where day_rank <= 3
