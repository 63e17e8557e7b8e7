-- The controls are added up by day first; then each launched country is put beside them.
with control_days as (

    select d.day, sum(d.save_count) as save_count, sum(d.active_user_count) as active_user_count
    from country_days as d
    join country_launches as n
        on d.country = n.country and n.feature = 'collages' and n.launched_on is null
    group by d.day

),

windows as (

    select country, launched_on, 'before' as period, launched_on - 14 as first_day, launched_on - 1 as last_day
    from country_launches
    where feature = 'collages' and launched_on is not null
    union all
    select country, launched_on, 'after', launched_on, launched_on + 13
    from country_launches
    where feature = 'collages' and launched_on is not null

),

rates as (

    select
        w.country,
        w.launched_on,
        w.period,
        (
            select sum(d.save_count) / sum(d.active_user_count)
            from country_days as d
            where d.country = w.country and d.day between w.first_day and w.last_day
        ) as launched_rate,
        (
            select sum(d.save_count) / sum(d.active_user_count)
            from control_days as d
            where d.day between w.first_day and w.last_day
        ) as control_rate
    from windows as w

)

select
    b.country,
    b.launched_on,
    b.launched_rate as launched_before,
    a.launched_rate as launched_after,
    b.control_rate as control_before,
    a.control_rate as control_after,
    (a.launched_rate - a.control_rate) - (b.launched_rate - b.control_rate) as effect
from rates as b
join rates as a using (country, launched_on)
where b.period = 'before' and a.period = 'after'
