with launches as (

    select country, launched_on
    from country_launches
    where feature = 'collages'

),

days as (

    select
        l.country,
        l.launched_on,
        c.country as other_country,
        c.country = l.country as is_launched,
        d.day >= l.launched_on as is_after,
        d.save_count,
        d.active_user_count
    from launches as l
    join launches as c on c.country = l.country or c.launched_on is null
    join country_days as d
        on c.country = d.country
        and d.day >= l.launched_on - 14
        and d.day < l.launched_on + 14
    where l.launched_on is not null

),

country_rates as (

    select
        country,
        launched_on,
        is_launched,
        sum(save_count) filter (where not is_after)
            / sum(active_user_count) filter (where not is_after) as rate_before,
        sum(save_count) filter (where is_after) / sum(active_user_count) filter (where is_after) as rate_after
    from days
    group by country, launched_on, is_launched, other_country

),

rates as (

    select
        country,
        launched_on,
        avg(rate_before) filter (where is_launched) as launched_before,
        avg(rate_after) filter (where is_launched) as launched_after,
        avg(rate_before) filter (where not is_launched) as control_before,
        avg(rate_after) filter (where not is_launched) as control_after
    from country_rates
    group by country, launched_on

)

select
    country,
    launched_on,
    launched_before,
    launched_after,
    control_before,
    control_after,
    (launched_after - launched_before) - (control_after - control_before) as effect
from rates
