with everything as (

    select event_at::date as day, surface, count(*) as n
    from engagements
    group by 1, 2

),

clicks as (

    select event_at::date as day, surface, count(*) as n
    from engagements
    where engagement_type in ('click', 'product_click', 'outbound_click')
    group by 1, 2

),

saves as (

    select event_at::date as day, surface, count(*) as n
    from engagements
    where engagement_type = 'save'
    group by 1, 2

),

negatives as (

    select event_at::date as day, surface, count(*) as n, count(distinct user_id) as users
    from engagements
    where engagement_type in ('hide', 'report', 'not_interested')
    group by 1, 2

)

select
    a.day,
    a.surface,
    a.n as engagement_count,
    c.n as click_count,
    s.n as save_count,
    h.n as negative_count,
    h.users as negative_user_count,
    h.n / a.n as negative_share
from everything as a
left join clicks as c on a.day = c.day and a.surface = c.surface
left join saves as s on a.day = s.day and a.surface = s.surface
left join negatives as h on a.day = h.day and a.surface = h.surface
