with cohorts as (

    select
        user_id,
        cast(signed_up_at as date) as signed_up_on,
        cast(date_trunc('week', signed_up_at) as date) as cohort_week
    from users
    where signed_up_at >= timestamp '2026-01-05 00:00:00' and signed_up_at < timestamp '2026-02-16 00:00:00'

),

sizes as (

    select cohort_week, count(*) as user_count
    from cohorts
    group by cohort_week

),

purchases as (

    select
        c.cohort_week,
        (cast(e.event_at as date) - c.signed_up_on) // 7 as week_number,
        sum(e.value) as revenue
    from cohorts as c
    join engagements as e
        on c.user_id = e.user_id
        and e.engagement_type = 'purchase'
        and cast(e.event_at as date) >= c.signed_up_on
    group by c.cohort_week, week_number

),

cells as (

    select
        s.cohort_week,
        w.week_number,
        s.user_count,
        case
            when s.cohort_week + cast(7 * w.week_number + 12 as integer) <= date '2026-02-15'
                then coalesce(p.revenue, 0)
        end as revenue
    from sizes as s
    cross join generate_series(0, 5) as w (week_number)
    left join purchases as p on s.cohort_week = p.cohort_week and w.week_number = p.week_number

)

select
    cohort_week,
    week_number,
    user_count,
    revenue,
    revenue / user_count as revenue_per_user
from cells
where revenue is not null
