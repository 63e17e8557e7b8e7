-- One to six touches of a user, some of them after the last conversion, some at the same second.
with
drawn as (
    select
        user_id,
        touch,
        md5_number_lower('touches ' || user_id) / 18446744073709551616.0 as touches,
        md5_number_lower('day ' || user_id || touch) / 18446744073709551616.0 as day_part,
        md5_number_lower('tied ' || user_id || touch) / 18446744073709551616.0 as tied,
        md5_number_lower('channel ' || user_id || touch) / 18446744073709551616.0 as channel
    from users
    cross join generate_series(1, 6) as touches (touch)
    where md5_number_lower('shopper ' || user_id) / 18446744073709551616.0 < 0.4
),
placed as (
    select
        user_id,
        touch,
        channel,
        case
            when tied < 0.06 then lag(day_part, 1, day_part) over (partition by user_id order by touch)
            else day_part
        end as moment
    from drawn
    where touch <= 1 + floor(6 * touches)
)
select
    't' || row_number() over (order by moment, user_id, touch) as touchpoint_id,
    user_id,
    timestamp '2026-01-05 00:00:00' + interval 1 second * cast(floor(3600000 * moment) as bigint) as touched_at,
    case
        when channel < 0.30 then 'search_ad'
        when channel < 0.55 then 'email'
        when channel < 0.75 then 'social_ad'
        when channel < 0.90 then 'push'
        else 'direct'
    end as channel
from placed
order by moment, user_id, touch
