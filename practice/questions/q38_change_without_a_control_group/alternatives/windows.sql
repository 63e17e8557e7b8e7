-- Weeks instead of days, and windows instead of a join: the days with the new page have no y, so no line goes by them.
with shares as (

    select
        *,
        clicking_visitor_count / visitor_count as share,
        case when not is_new_page then clicking_visitor_count / visitor_count end as share_before,
        date_diff('week', date '2025-12-29', day) as week_number
    from home_page_days
    where is_sale = false

),

lines as (

    select
        *,
        regr_intercept(share_before, week_number) over (partition by isodow(day))
        + week_number * regr_slope(share_before, week_number) over (partition by isodow(day)) as expected
    from shares

)

select
    day,
    share as clicking_share,
    expected as expected_share,
    share - expected as share_difference,
    visitor_count * (share - expected) as extra_clicking_visitors
from lines
where is_new_page
