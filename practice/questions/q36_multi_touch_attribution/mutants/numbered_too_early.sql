with numbered as (

    select
        user_id,
        touched_at,
        channel,
        row_number() over (partition by user_id order by touched_at, touchpoint_id) as place,
        count(*) over (partition by user_id) as touch_count
    from touchpoints

),

counted as (

    select
        c.conversion_id,
        c.revenue,
        n.channel,
        n.place,
        n.touch_count
    from conversions as c
    join numbered as n
        on c.user_id = n.user_id
        and n.touched_at >= c.converted_at - interval 30 day
        and n.touched_at <= c.converted_at

    union all

    select conversion_id, revenue, 'none', 1, 1
    from conversions as c
    where not exists (
        select 1
        from touchpoints as t
        where t.user_id = c.user_id
            and t.touched_at >= c.converted_at - interval 30 day
            and t.touched_at <= c.converted_at
    )

)

select
    channel,
    sum(case when place = 1 then revenue else 0 end) as first_touch_revenue,
    sum(case when place = touch_count then revenue else 0 end) as last_touch_revenue,
    sum(revenue / touch_count) as linear_revenue
from counted
group by channel
