with ranked as (

    select
        p.content_format,
        p.item_id,
        cast(p.created_at as date) as published_on,
        (
            select count(distinct cast(later.created_at as date))
            from items as later
            where later.content_format = p.content_format
                and cast(later.created_at as date) >= cast(p.created_at as date)
        ) as day_rank
    from items as p

)

select *
from ranked
where day_rank < 4
