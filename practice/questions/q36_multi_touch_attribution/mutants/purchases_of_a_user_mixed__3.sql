with touches as (

    select
        c.conversion_id,
        c.user_id,
        c.revenue,
        coalesce(t.channel, 'none') as channel,
        t.touched_at,
        t.touchpoint_id
    from conversions as c
    left join touchpoints as t
        on c.user_id = t.user_id
        and t.touched_at <= c.converted_at
        and t.touched_at >= c.converted_at - interval 30 day

),

first_touches as (

    select distinct on (user_id) channel, revenue
    from touches
    order by user_id, touched_at, touchpoint_id

),

last_touches as (

    select distinct on (user_id) channel, revenue
    from touches
    order by user_id, touched_at desc, touchpoint_id desc

),

credits as (

    select channel, revenue as first_touch, 0 as last_touch, 0 as linear
    from first_touches

    union all

    select channel, 0, revenue, 0
    from last_touches

    union all

    select channel, 0, 0, revenue / count(*) over (partition by conversion_id)
    from touches

)

select
    channel,
    sum(first_touch) as first_touch_revenue,
    sum(last_touch) as last_touch_revenue,
    sum(linear) as linear_revenue
from credits
group by channel
