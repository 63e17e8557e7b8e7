-- The channels of each purchase in a list, in the order of the touches.
with paths as (

    select
        c.revenue,
        coalesce(
            (
                select list(t.channel order by t.touched_at, t.touchpoint_id)
                from touchpoints as t
                where t.user_id = c.user_id
                    and t.touched_at between c.converted_at - interval 30 day and c.converted_at
            ),
            ['none']
        ) as path
    from conversions as c

),

credits as (

    select path[1] as channel, revenue as first_touch, 0 as last_touch, 0 as linear
    from paths

    union all

    select path[len(path)], 0, revenue, 0
    from paths

    union all

    select unnest(path), 0, 0, revenue / len(path)
    from paths

)

select
    channel,
    sum(first_touch) as first_touch_revenue,
    sum(last_touch) as last_touch_revenue,
    sum(linear) as linear_revenue
from credits
group by channel
