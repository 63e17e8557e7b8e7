with days as (

    select
        day,
        isodow(day) as weekday,
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
        max(day) as last_day,
        arg_max(clicking_share, day) as last_share,
        (arg_max(clicking_share, day) - arg_min(clicking_share, day)) / (max(day) - min(day)) as slope
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
        l.last_share + l.slope * (d.day - l.last_day) as expected_share
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
