with cohorts as (

    select
        user_id,
        signed_up_at::date as day,
        signed_up_at::date - (isodow(signed_up_at) - 1)::integer as monday
    from users
    where signed_up_at::date between date '2026-01-05' and date '2026-02-15'

),

-- Every user has every week, with the first and the last day of it.
user_weeks as (

    select
        user_id,
        monday,
        week_number,
        day + (7 * week_number)::integer as first_day,
        day + (7 * week_number + 6)::integer as last_day,
        -- Sunday is the last day on which anybody of the cohort signs up.
        monday + (7 * week_number + 12)::integer < date '2026-02-16' as is_over
    from cohorts
    cross join (values (0), (1), (2), (3), (4), (5)) as weeks (week_number)

),

spent as (

    select
        *,
        (
            select coalesce(sum(e.value), 0)
            from engagements as e
            where e.user_id = user_weeks.user_id
                and e.engagement_type = 'purchase'
                and e.event_at::date between user_weeks.first_day and user_weeks.last_day
        ) as value
    from user_weeks

)

select
    monday as cohort_week,
    week_number,
    count(*) as user_count,
    sum(value) filter (where is_over) as revenue,
    avg(value) filter (where is_over) as revenue_per_user
from spent
group by monday, week_number
