-- The line written out, without functions for it: through the means, with the slope covariance by variance.
with before_change as (

    select
        dayname(day) as weekday,
        epoch(day) / 86400 as x,
        clicking_visitor_count / visitor_count as y
    from home_page_days
    where not is_new_page and not is_sale

),

means as (

    select weekday, avg(x) as mean_x, avg(y) as mean_y
    from before_change
    group by weekday

),

slopes as (

    select
        m.weekday,
        m.mean_x,
        m.mean_y,
        sum((b.x - m.mean_x) * (b.y - m.mean_y)) / sum((b.x - m.mean_x) * (b.x - m.mean_x)) as slope
    from means as m
    join before_change as b on m.weekday = b.weekday
    group by m.weekday, m.mean_x, m.mean_y

)

select
    h.day,
    h.clicking_visitor_count / h.visitor_count as clicking_share,
    s.mean_y + s.slope * (epoch(h.day) / 86400 - s.mean_x) as expected_share,
    h.clicking_visitor_count / h.visitor_count - (s.mean_y + s.slope * (epoch(h.day) / 86400 - s.mean_x))
        as share_difference,
    h.clicking_visitor_count - h.visitor_count * (s.mean_y + s.slope * (epoch(h.day) / 86400 - s.mean_x))
        as extra_clicking_visitors
from home_page_days as h
join slopes as s on dayname(h.day) = s.weekday
where h.is_new_page and not h.is_sale
