with first_times as (

    select experiment_id, user_id, min(assigned_at) as assigned_at
    from assignments
    group by experiment_id, user_id

),

seen as (

    select
        f.experiment_id,
        f.user_id,
        (
            select min(a.arm)
            from assignments as a
            where a.experiment_id = f.experiment_id and a.user_id = f.user_id and a.assigned_at = f.assigned_at
        ) as arm,
        max(case when e.engagement_type = 'click' then 1 else 0 end) as is_clicked
    from first_times as f
    join experiments as x using (experiment_id)
    join impressions as i
        on f.user_id = i.user_id and i.event_at >= f.assigned_at and i.event_at < x.ends_at
    left join engagements as e on i.event_id = e.impression_event_id
    group by f.experiment_id, f.user_id, f.assigned_at, i.event_id

),

users_of_arms as (

    select experiment_id, arm, count(*) as i, sum(is_clicked) as c
    from seen
    group by experiment_id, arm, user_id

),

totals as (

    select experiment_id, arm, count(*) as n, sum(i) as si, sum(c) as sc, sum(i * i) as ii, sum(c * c) as cc,
        sum(c * i) as ci
    from users_of_arms
    group by experiment_id, arm

)

select
    experiment_id,
    arm,
    n as user_count,
    sc / si as ctr,
    sqrt(
        case when n > 1 then greatest(cc - 2 * sc / si * ci + power(sc / si, 2) * ii, 0) / (n - 1) * n end
    ) / si as standard_error
from totals
