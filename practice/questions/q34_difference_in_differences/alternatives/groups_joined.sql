with launched as (

    select country, launched_on
    from country_launches
    where feature = 'collages' and launched_on is not null

),

launched_rates as (

    select
        l.country,
        sum(case when d.day < l.launched_on then d.save_count end)
            / sum(case when d.day < l.launched_on then d.active_user_count end) as launched_before,
        sum(case when d.day >= l.launched_on then d.save_count end)
            / sum(case when d.day >= l.launched_on then d.active_user_count end) as launched_after
    from launched as l
    join country_days as d on l.country = d.country
    where date_diff('day', l.launched_on, d.day) between -14 and 13
    group by l.country

),

control_rates as (

    select
        l.launched_on,
        sum(case when d.day < l.launched_on then d.save_count end)
            / sum(case when d.day < l.launched_on then d.active_user_count end) as control_before,
        sum(case when d.day >= l.launched_on then d.save_count end)
            / sum(case when d.day >= l.launched_on then d.active_user_count end) as control_after
    from (select distinct launched_on from launched) as l
    join country_days as d on date_diff('day', l.launched_on, d.day) between -14 and 13
    where d.country in (select country from country_launches where feature = 'collages' and launched_on is null)
    group by l.launched_on

)

select
    country,
    launched_on,
    launched_before,
    launched_after,
    control_before,
    control_after,
    launched_after - launched_before - control_after + control_before as effect
from launched
join launched_rates using (country)
join control_rates using (launched_on)
