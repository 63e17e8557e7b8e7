with copies as (

    select
        event_id,
        user_id,
        item_id,
        try_cast(event_at as timestamp) as event_at,
        received_at::timestamp as received_at
    from raw_engagements
    where event_id is not null
        and user_id is not null
        and item_id is not null
        and try_cast(event_at as timestamp) is not null

)

select event_id, user_id, item_id, event_at, received_at
from copies
qualify row_number() over (partition by event_id order by event_at, received_at, item_id, user_id) = 1
