-- One of four feeds as the server answered it: the items nested, with scores that some items lack, and now and then a
-- feed without items or without a list.
with
answered as (
    select
        request_id,
        user_id,
        surface,
        min(event_at) as requested_at,
        md5_number_lower('empty ' || request_id) / 18446744073709551616.0 as emptiness,
        list(
            json_object(
                'item_id', item_id,
                'position', position,
                'scores',
                case
                    when md5_number_lower('scored ' || event_id) / 18446744073709551616.0 < 0.1 then json('{}')
                    else json_object(
                        'click', round(md5_number_lower('click ' || event_id) / 18446744073709551616.0, 4),
                        'save', round(0.2 * md5_number_lower('save ' || event_id) / 18446744073709551616.0, 4)
                    )
                end
            ) order by position, event_id
        ) as items
    from impressions
    where md5_number_lower('logged ' || request_id) / 18446744073709551616.0 < 0.25
    group by request_id, user_id, surface
)
select
    request_id,
    user_id,
    requested_at,
    cast(case
        when emptiness < 0.02 then json_object('surface', surface, 'items', json('[]'))
        when emptiness < 0.03 then json_object('surface', surface)
        else json_object('surface', surface, 'items', items)
    end as varchar) as response
from answered
order by requested_at, request_id, surface
