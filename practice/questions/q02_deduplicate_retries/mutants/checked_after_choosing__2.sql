select
    r.event_id,
    r.user_id,
    r.item_id,
    r.event_at::timestamp as event_at,
    r.received_at::timestamp as received_at
from raw_engagements as r
join (
    select event_id, min(received_at) as received_at
    from raw_engagements
    group by event_id
) as first_copy on r.event_id = first_copy.event_id and r.received_at = first_copy.received_at
where r.user_id is not null
    and r.item_id is not null
    and try_cast(r.event_at as timestamp) is not null
