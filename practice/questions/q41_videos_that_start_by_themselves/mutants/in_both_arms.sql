with numbered as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id, arm order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'video_autoplay'

),

users_of_arms as (

    select a.arm, a.user_id, a.assigned_at, x.ends_at
    from numbered as a
    join experiments as x on x.experiment_id = 'video_autoplay'
    where a.place = 1

),

reactions as (

    select
        u.user_id,
        count(*) filter (where e.engagement_type = 'video_start') as starts,
        count(*) filter (where e.engagement_type = 'video_complete') as completes,
        count(*) filter (
            where e.engagement_type = 'video_complete' and i.created_at >= e.event_at - interval '7 days'
        ) as fresh_completes,
        count(*) filter (where e.engagement_type = 'hide') as hides
    from users_of_arms as u
    join engagements as e on u.user_id = e.user_id and e.event_at >= u.assigned_at and e.event_at < u.ends_at
    left join items as i on e.item_id = i.item_id
    group by u.user_id

),

feeds as (

    select u.user_id, count(*) as views
    from users_of_arms as u
    join impressions as v on u.user_id = v.user_id and v.event_at >= u.assigned_at and v.event_at < u.ends_at
    group by u.user_id

),

rated as (

    select
        u.arm,
        coalesce(r.starts, 0) as starts,
        coalesce(r.completes, 0) as completes,
        coalesce(r.fresh_completes, 0) as fresh_completes,
        coalesce(r.hides, 0) as hides,
        coalesce(f.views, 0) as views,
        coalesce(sum(r.hides) over arms, 0) / nullif(sum(f.views) over arms, 0) as hide_rate
    from users_of_arms as u
    left join reactions as r on u.user_id = r.user_id
    left join feeds as f on u.user_id = f.user_id
    window arms as (partition by u.arm)

)

select
    arm,
    count(*) as user_count,
    avg(starts) as starts_per_user,
    avg(completes) as completes_per_user,
    stddev_samp(completes) / sqrt(count(*)) as completes_error,
    avg(fresh_completes) as fresh_completes_per_user,
    max(hide_rate) as hides_per_impression,
    stddev_samp(hides - hide_rate * views) / sqrt(count(*)) / avg(views) as hides_error
from rated
group by arm
