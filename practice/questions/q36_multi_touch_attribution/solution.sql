with touches as (

    select
        c.conversion_id,
        c.revenue,
        coalesce(t.channel, 'none') as channel,
        row_number() over (partition by c.conversion_id order by t.touched_at, t.touchpoint_id) as place,
        count(*) over (partition by c.conversion_id) as touch_count
    from conversions as c
    left join touchpoints as t
        on c.user_id = t.user_id
        and t.touched_at >= c.converted_at - interval 30 day
        and t.touched_at <= c.converted_at

)

select
    channel,
    sum(case when place = 1 then revenue else 0 end) as first_touch_revenue,
    sum(case when place = touch_count then revenue else 0 end) as last_touch_revenue,
    sum(revenue / touch_count) as linear_revenue
from touches
group by channel
