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

)

select
    channel,
    sum(case when channel = first_channel then revenue else 0 end) as first_touch_revenue,
    sum(case when channel = last_channel then revenue else 0 end) as last_touch_revenue,
    sum(revenue / touch_count) as linear_revenue
from touches
group by channel
