with touches as (

    select
        c.conversion_id,
        c.revenue,
        coalesce(t.touchpoint_id, 'none') as touchpoint_id,
        coalesce(t.channel, 'none') as channel,
        first_value(coalesce(t.touchpoint_id, 'none'))
            over (partition by c.conversion_id order by t.touched_at, t.touchpoint_id) as first_touch,
        last_value(coalesce(t.touchpoint_id, 'none'))
            over (partition by c.conversion_id order by t.touched_at, t.touchpoint_id) as last_touch,
        count(*) over (partition by c.conversion_id) as touch_count
    from conversions as c
    left join touchpoints as t
        on c.user_id = t.user_id
        and t.touched_at >= c.converted_at - interval 30 day
        and t.touched_at <= c.converted_at

)

select
    channel,
    sum(case when touchpoint_id = first_touch then revenue else 0 end) as first_touch_revenue,
    sum(case when touchpoint_id = last_touch then revenue else 0 end) as last_touch_revenue,
    sum(revenue / touch_count) as linear_revenue
from touches
group by channel
