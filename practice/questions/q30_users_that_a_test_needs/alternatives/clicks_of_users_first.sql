with clicks as (

    select user_id, count(*) as click_count
    from engagements
    where engagement_type = 'click' and event_at::date between date '2026-01-05' and date '2026-01-18'
    group by user_id

)

select
    u.country,
    count(*) as user_count,
    avg(coalesce(c.click_count, 0)) as mean_clicks,
    variance(coalesce(c.click_count, 0)) as variance,
    case
        when avg(coalesce(c.click_count, 0)) > 0
            then 2 * pow(2.8 * stddev(coalesce(c.click_count, 0)) / (0.05 * avg(coalesce(c.click_count, 0))), 2)
    end as users_per_arm
from users as u
left join clicks as c on u.user_id = c.user_id
where u.signed_up_at::date < date '2026-01-05'
group by u.country
