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

lines as (

    select
        weekday,
        regr_slope(clicking_share, day_number) as slope,
        regr_intercept(clicking_share, day_number) as intercept
    from days
    where not is_new_page
    group by weekday

),

expected as (

    select
        d.day,
        d.visitor_count,
        d.clicking_visitor_count,
        d.clicking_share,
        l.intercept + l.slope * d.day_number as expected_share
    from days as d
    left join lines as l on d.weekday = l.weekday
    where d.is_new_page

)

select
    day,
    clicking_share,
    expected_share,
    clicking_share - expected_share as share_difference,
    clicking_visitor_count - visitor_count * expected_share as extra_clicking_visitors
from expected
