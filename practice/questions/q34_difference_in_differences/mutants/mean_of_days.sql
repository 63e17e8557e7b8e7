with launches as (

    select country, launched_on
    from country_launches
    where feature = 'collages'

),

days as (

    select
        l.country,
        l.launched_on,
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

rates as (

    select
        country,
        launched_on,
        avg(save_count / active_user_count) filter (where is_launched and not is_after) as launched_before,
        avg(save_count / active_user_count) filter (where is_launched and is_after) as launched_after,
        avg(save_count / active_user_count) filter (where not is_launched and not is_after) as control_before,
        avg(save_count / active_user_count) filter (where not is_launched and is_after) as control_after
    from days
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
