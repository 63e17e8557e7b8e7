with first_times as (

    select user_id, min(assigned_at) as begins_at
    from assignments
    where experiment_id = 'video_autoplay'
    group by user_id

),

users_of_arms as (

    select
        f.user_id,
        f.begins_at,
        (select ends_at from experiments where experiment_id = 'video_autoplay') as ends_at,
        (
            select min(a.arm)
            from assignments as a
            where a.experiment_id = 'video_autoplay' and a.user_id = f.user_id and a.assigned_at = f.begins_at
        ) as arm
    from first_times as f

),

reactions as (

    select
        u.user_id,
        e.engagement_type,
        e.item_id,
        e.event_at
    from users_of_arms as u
    join engagements as e on u.user_id = e.user_id
    where e.event_at >= u.begins_at and e.event_at < u.ends_at

),

users_counted as (

    select
        u.arm,
        (select count(*) from reactions as r where r.user_id = u.user_id and r.engagement_type = 'video_start') as a,
        (select count(*) from reactions as r where r.user_id = u.user_id and r.engagement_type = 'video_complete') as b,
        (
            select count(*)
            from reactions as r
            join items as i on r.item_id = i.item_id
            where r.user_id = u.user_id
                and r.engagement_type = 'video_complete'
                and epoch_ms(r.event_at) - epoch_ms(i.created_at) <= 7 * 24 * 3600 * 1000
        ) as c,
        (select count(*) from reactions as r where r.user_id = u.user_id and r.engagement_type = 'hide') as h,
        (
            select count(*)
            from impressions as i
            where i.user_id = u.user_id and i.event_at >= u.begins_at and i.event_at < u.ends_at
        ) as n
    from users_of_arms as u

),

with_ratios as (

    select u.*, t.ratio
    from users_counted as u
    left join (select arm, sum(h) / sum(n) as ratio from users_counted group by arm having sum(n) > 0) as t
        on u.arm = t.arm

)

select
    arm,
    count(*) as user_count,
    avg(a) as starts_per_user,
    avg(b) as completes_per_user,
    sqrt(var_samp(b) / count(*)) as completes_error,
    avg(c) as fresh_completes_per_user,
    sum(h) / nullif(sum(n), 0) as hides_per_impression,
    sqrt(sum(power(h - ratio * n, 2)) / nullif(count(*) - 1, 0) * count(*)) / nullif(sum(n), 0) as hides_error
from with_ratios
group by arm
