-- Planted: the share of visitors who click rises by 0.05 percentage points a day, is lower at weekends, and the new
-- page adds 1.5 percentage points. The days of the sale (26 and 27 January) are exceptional.
with
days as (
    select
        cast(day as date) as day,
        date_diff('day', date '2026-01-05', cast(day as date)) as day_number,
        md5_number_lower('visitors ' || cast(day as date)) / 18446744073709551616.0 - 0.5 as visitor_noise,
        md5_number_lower('clickers ' || cast(day as date)) / 18446744073709551616.0 - 0.5 as click_noise
    from generate_series(timestamp '2026-01-05', timestamp '2026-03-01', interval 1 day) as series (day)
),
visited as (
    select
        *,
        day >= date '2026-02-09' as is_new_page,
        day between date '2026-01-26' and date '2026-01-27' as is_sale,
        cast(round(20000 * case when isodow(day) >= 6 then 1.4 else 1.0 end * (1 + 0.1 * visitor_noise)) as bigint)
            as visitor_count
    from days
)
select
    day,
    is_new_page,
    is_sale,
    visitor_count,
    cast(round(visitor_count * (
        0.20
        + 0.0005 * day_number
        - case when isodow(day) >= 6 then 0.03 else 0.0 end
        + case when is_new_page then 0.015 else 0.0 end
        + case when is_sale then 0.06 else 0.0 end
        + 0.004 * click_noise
    )) as bigint) as clicking_visitor_count
from visited
order by day
