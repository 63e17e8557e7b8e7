select distinct on (event_id)
    event_id,
    user_id,
    item_id,
    event_at::timestamp as event_at,
    received_at::timestamp as received_at
from raw_engagements
where event_id is not null
    and user_id is not null
    and item_id is not null
    and try_cast(event_at as timestamp) is not null
order by event_id, received_at::timestamp, event_at::timestamp, item_id, user_id
