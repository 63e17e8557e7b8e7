with first_times as (

    select experiment_id, user_id, min(assigned_at) as assigned_at
    from assignments
    group by experiment_id, user_id

),

first_arms as (

    select f.experiment_id, f.user_id, f.assigned_at, min(a.arm) as arm
    from first_times as f
    join assignments as a
        on f.experiment_id = a.experiment_id and f.user_id = a.user_id and f.assigned_at = a.assigned_at
    group by f.experiment_id, f.user_id, f.assigned_at

),

counted as (

    select
        f.experiment_id,
        f.arm,
        (
            select count(*)
            from engagements as e
            where e.user_id = f.user_id
                and e.engagement_type = 'save'
                and e.event_at >= f.assigned_at
                and e.event_at < x.ends_at
        ) as save_count
    from first_arms as f
    join experiments as x on f.experiment_id = x.experiment_id

)

select
    experiment_id,
    arm,
    count(*) as user_count,
    sum(save_count) as save_count,
    sum(save_count) / count(*) as saves_per_user
from counted
group by experiment_id, arm
