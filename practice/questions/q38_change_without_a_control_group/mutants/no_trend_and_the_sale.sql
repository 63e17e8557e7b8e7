with expected as (

    select isodow(day) as weekday, avg(clicking_visitor_count / visitor_count) as expected_share
    from home_page_days
    where not is_new_page
    group by weekday

)

select
    h.day,
    h.clicking_visitor_count / h.visitor_count as clicking_share,
    e.expected_share,
    h.clicking_visitor_count / h.visitor_count - e.expected_share as share_difference,
    h.clicking_visitor_count - h.visitor_count * e.expected_share as extra_clicking_visitors
from home_page_days as h
join expected as e on isodow(h.day) = e.weekday
where h.is_new_page and not h.is_sale
