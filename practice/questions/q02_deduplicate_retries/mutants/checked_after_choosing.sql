with copies as (

    select *
    from raw_engagements
    qualify row_number() over (
        partition by event_id
        order by received_at, try_cast(event_at as timestamp), item_id, user_id
    ) = 1

)

select
    event_id,
    user_id,
    item_id,
    event_at::timestamp as event_at,
    received_at::timestamp as received_at
from copies
where event_id is not null
    and user_id is not null
    and item_id is not null
    and try_cast(event_at as timestamp) is not null
