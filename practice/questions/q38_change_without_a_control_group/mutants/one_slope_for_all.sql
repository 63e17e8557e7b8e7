with days as (

    select
        day,
        isodow(day) as weekday,
        day - date '2026-01-01' as day_number,
        is_new_page,
        visitor_count,
        clicking_visitor_count,
        clicking_visitor_count / visitor_count as clicking_share
    from home_page_days
    where not is_sale

),

means as (

    select weekday, avg(clicking_share) as mean_share, avg(day_number) as mean_number
    from days
    where not is_new_page
    group by weekday

),

trend as (

    select regr_slope(clicking_share - mean_share, day_number - mean_number) as slope
    from days
    join means using (weekday)
    where not is_new_page

),

expected as (

    select
        d.day,
        d.visitor_count,
        d.clicking_visitor_count,
        d.clicking_share,
        m.mean_share + t.slope * (d.day_number - m.mean_number) as expected_share
    from days as d
    left join means as m on d.weekday = m.weekday
    cross join trend as t
    where d.is_new_page

)

select
    day,
    clicking_share,
    expected_share,
    clicking_share - expected_share as share_difference,
    clicking_visitor_count - visitor_count * expected_share as extra_clicking_visitors
from expected
