with first_assignments as (

    select distinct on (user_id) user_id, arm, assigned_at
    from assignments
    where experiment_id = 'video_autoplay'
    order by user_id, assigned_at, arm

),

events as (

    select user_id, event_at, 'impression' as kind, false as is_fresh
    from impressions
    union all
    select e.user_id, e.event_at, e.engagement_type, i.created_at + interval '168 hours' >= e.event_at
    from engagements as e
    left join items as i on e.item_id = i.item_id

),

users_of_arms as (

    select
        a.arm,
        a.user_id,
        count(*) filter (where e.kind = 'impression') as x,
        count(*) filter (where e.kind = 'video_start') as starts,
        count(*) filter (where e.kind = 'video_complete') as completes,
        count(*) filter (where e.kind = 'video_complete' and e.is_fresh) as fresh_completes,
        count(*) filter (where e.kind = 'hide') as y
    from first_assignments as a
    left join events as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < (select ends_at from experiments where experiment_id = 'video_autoplay')
    group by a.arm, a.user_id

),

moments as (

    select
        arm,
        count(*) as n,
        avg(starts) as mean_starts,
        avg(completes) as mean_completes,
        var_samp(completes) as variance_of_completes,
        avg(fresh_completes) as mean_fresh_completes,
        avg(x) as mean_x,
        case when sum(x) > 0 then sum(y) / sum(x) end as ratio,
        var_samp(y) as variance_of_y,
        covar_samp(y, x) as covariance,
        var_samp(x) as variance_of_x
    from users_of_arms
    group by arm

)

-- The delta method from variances and the covariance; rounding may leave a little less than 0.
select
    arm,
    n as user_count,
    mean_starts as starts_per_user,
    mean_completes as completes_per_user,
    sqrt(variance_of_completes / n) as completes_error,
    mean_fresh_completes as fresh_completes_per_user,
    ratio as hides_per_impression,
    case
        when n > 1 and mean_x > 0
            then sqrt(greatest(variance_of_y - 2 * ratio * covariance + ratio * ratio * variance_of_x, 0) / n) / mean_x
    end as hides_error
from moments
