with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at, arm) as place,
        lead(assigned_at) over (partition by experiment_id, user_id order by assigned_at, arm) as next_assigned_at
    from assignments

),

arms as (

    select experiment_id, arm, count(*) as user_count
    from numbered
    where place = 1
    group by experiment_id, arm

),

saves as (

    select a.experiment_id, a.arm, count(*) as save_count
    from numbered as a
    join experiments as x on a.experiment_id = x.experiment_id
    join engagements as e on a.user_id = e.user_id
    where e.engagement_type = 'save'
        and e.event_at >= a.assigned_at
        and e.event_at < coalesce(a.next_assigned_at, x.ends_at)
        and e.event_at < x.ends_at
    group by a.experiment_id, a.arm

)

select
    a.experiment_id,
    a.arm,
    a.user_count,
    coalesce(s.save_count, 0) as save_count,
    coalesce(s.save_count, 0) / a.user_count as saves_per_user
from arms as a
left join saves as s on a.experiment_id = s.experiment_id and a.arm = s.arm
