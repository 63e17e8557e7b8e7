with totals as (

    select
        country,
        count(*) as n,
        sum(clicks) as total,
        sum(clicks * clicks) as squares
    from (
        select
            country,
            (
                select count(*)
                from engagements as e
                where e.user_id = u.user_id
                    and e.engagement_type = 'click'
                    and e.event_at >= '2026-01-05'
                    and e.event_at < '2026-01-19'
            ) as clicks
        from users as u
        where signed_up_at < '2026-01-05'
    )
    group by country

)

select
    country,
    n as user_count,
    total / n as mean_clicks,
    case when n > 1 then (squares - total * total / n) / (n - 1) end as variance,
    -- 2 times 2.8 squared, divided by 0.05 squared, is 6272.
    case
        when n > 1 and total > 0 then 6272 * (squares - total * total / n) / (n - 1) * n * n / total / total
    end as users_per_arm
from totals
