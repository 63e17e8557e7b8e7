-- Planted: countries differ in level; everywhere the saves of an active user grow by 0.4 % a day, weekends have 20 % more
-- active users, and the launch adds 15 % to the saves of each. DE lacks two days.
with
days as (
    select
        cast(day as date) as day,
        date_diff('day', date '2026-01-05', cast(day as date)) as day_number
    from generate_series(timestamp '2026-01-05', timestamp '2026-03-01', interval 1 day) as series (day)
),
countries as (
    select
        country,
        10 * count(*) as base_user_count,
        0.30 + 0.25 * (md5_number_lower('saver ' || country) / 18446744073709551616.0) as base_save_rate
    from users
    group by country
),
noisy as (
    select
        d.day,
        c.country,
        c.base_user_count,
        c.base_save_rate,
        pow(1.004, d.day_number) as growth,
        case when isodow(d.day) >= 6 then 1.2 else 1.0 end as weekend,
        case when d.day >= l.launched_on then 1.15 else 1.0 end as launch_effect,
        md5_number_lower('users ' || c.country || d.day) / 18446744073709551616.0 - 0.5 as user_noise,
        md5_number_lower('saves ' || c.country || d.day) / 18446744073709551616.0 - 0.5 as save_noise
    from days as d
    cross join countries as c
    inner join country_launches as l on c.country = l.country
    where not (c.country = 'DE' and d.day in (date '2026-01-20', date '2026-02-11'))
),
counted as (
    select
        *,
        cast(round(base_user_count * weekend * (1 + 0.06 * user_noise)) as bigint) as active_user_count
    from noisy
)
select
    country,
    day,
    active_user_count,
    cast(round(active_user_count * base_save_rate * growth * launch_effect * (1 + 0.06 * save_noise)) as bigint)
        as save_count
from counted
order by day, country
