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

),

channels as (

    select distinct channel
    from touchpoints

    union all

    select 'none'

)

select
    h.channel,
    sum(case when t.place = 1 then t.revenue else 0 end) as first_touch_revenue,
    sum(case when t.place = t.touch_count then t.revenue else 0 end) as last_touch_revenue,
    coalesce(sum(t.revenue / t.touch_count), 0) as linear_revenue
from channels as h
left join touches as t on h.channel = t.channel
group by h.channel
