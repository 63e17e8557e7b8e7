with touches as (

    select
        c.conversion_id,
        c.revenue,
        coalesce(t.channel, 'none') as channel,
        coalesce(first_value(t.channel) over forwards, 'none') as first_channel,
        coalesce(first_value(t.channel) over backwards, 'none') as last_channel,
        count(*) over (partition by c.conversion_id) as touch_count
    from conversions as c
    left join touchpoints as t
        on c.user_id = t.user_id
        and t.touched_at >= c.converted_at - interval 30 day
        and t.touched_at <= c.converted_at
    window
        forwards as (partition by c.conversion_id order by t.touched_at, t.touchpoint_id),
        backwards as (partition by c.conversion_id order by t.touched_at desc, t.touchpoint_id desc)

),

credits as (

    select first_channel as channel, revenue as first_touch, 0 as last_touch, 0 as linear
    from touches

    union all

    select last_channel, 0, revenue, 0
    from touches

    union all

    select channel, 0, 0, revenue / touch_count
    from touches

)

select
    channel,
    sum(first_touch) as first_touch_revenue,
    sum(last_touch) as last_touch_revenue,
    sum(linear) as linear_revenue
from credits
group by channel
