with users_with_clicks as (

    select
        u.user_id,
        u.country,
        count(e.event_id) as click_count
    from users as u
    left join engagements as e
        on u.user_id = e.user_id
        and e.engagement_type = 'click'
        and e.event_at >= timestamp '2026-01-05 00:00:00'
        and e.event_at < timestamp '2026-01-19 00:00:00'
    where u.signed_up_at < timestamp '2026-01-05 00:00:00'
    group by u.user_id, u.country

),

moments as (

    select
        country,
        count(*) as user_count,
        avg(click_count) as mean_clicks,
        var_samp(click_count) as variance
    from users_with_clicks
    group by country

)

select
    country,
    user_count,
    mean_clicks,
    variance,
    2 * power(1.645 + 0.84, 2) * variance / nullif(power(0.05 * mean_clicks, 2), 0) as users_per_arm
from moments
