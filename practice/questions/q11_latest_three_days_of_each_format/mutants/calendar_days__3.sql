select
    content_format,
    item_id,
    created_at::date as published_on,
    dense_rank() over (partition by content_format order by created_at::date desc) as day_rank
from items
where created_at >= (select max(created_at) from items) - interval 3 day
