with copies as (

    select
        *,
        row_number() over (
            partition by event_id
            order by received_at::timestamp, try_cast(event_at as timestamp), item_id, user_id
        ) as copy_number
    from raw_engagements
    where event_id is not null
        and user_id is not null
        and item_id is not null
        and try_cast(event_at as timestamp) is not null

)

select
    event_id,
    user_id,
    item_id,
    cast(event_at as timestamp) as event_at,
    cast(received_at as timestamp) as received_at
from copies
where copy_number = 1
