-- Half of the users with touchpoints buy, some twice, some before they were ever touched, and some without a touch.
with
buyers as (
    select
        user_id,
        purchase,
        md5_number_lower('buys ' || user_id || purchase) / 18446744073709551616.0 as buys,
        md5_number_lower('bought ' || user_id || purchase) / 18446744073709551616.0 as moment,
        md5_number_lower('revenue ' || user_id || purchase) / 18446744073709551616.0 as revenue
    from users
    cross join (values (1), (2)) as purchases (purchase)
    where
        user_id in (select user_id from touchpoints)
        or md5_number_lower('untouched ' || user_id) / 18446744073709551616.0 < 0.04
),
bought as (
    select
        *,
        timestamp '2026-01-12 00:00:00' + interval 1 second * cast(floor(3000000 * moment) as bigint) as converted_at
    from buyers
    where buys < case purchase when 1 then 0.5 else 0.1 end
)
select
    'v' || row_number() over (order by converted_at, user_id, purchase) as conversion_id,
    user_id,
    converted_at,
    cast(round(8 + 92 * revenue * revenue, 2) as decimal(18, 2)) as revenue
from bought
order by converted_at, user_id, purchase
