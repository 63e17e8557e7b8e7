with counted as (

    select
        c.conversion_id,
        c.revenue,
        t.touchpoint_id,
        t.touched_at,
        t.channel
    from conversions as c
    join touchpoints as t on c.user_id = t.user_id
    where t.touched_at between c.converted_at - interval 30 day and c.converted_at

),

numbered as (

    select
        conversion_id,
        channel,
        revenue,
        row_number() over (partition by conversion_id order by touched_at asc, touchpoint_id asc) as from_first,
        row_number() over (partition by conversion_id order by touched_at desc, touchpoint_id desc) as from_last,
        revenue / count(*) over (partition by conversion_id) as part
    from counted

),

untouched as (

    select 'none' as channel, sum(revenue) as revenue
    from conversions
    where conversion_id not in (select conversion_id from counted)
    having count(*) > 0

)

select
    channel,
    coalesce(sum(revenue) filter (where from_first = 1), 0) as first_touch_revenue,
    coalesce(sum(revenue) filter (where from_last = 1), 0) as last_touch_revenue,
    sum(part) as linear_revenue
from numbered
group by channel

union all

select channel, revenue, revenue, revenue
from untouched
