with weeks as (

    select
        day,
        clicking_visitor_count / visitor_count as clicking_share,
        visitor_count,
        clicking_visitor_count,
        is_new_page,
        is_sale,
        1 + date_diff('day', (select min(day) from home_page_days where is_new_page), day) // 7 as weeks
    from home_page_days

)

select
    d.day,
    d.clicking_share,
    w.clicking_share as expected_share,
    d.clicking_share - w.clicking_share as share_difference,
    d.clicking_visitor_count - d.visitor_count * w.clicking_share as extra_clicking_visitors
from weeks as d
left join weeks as w on w.day = d.day - 7
where d.is_new_page and not d.is_sale
