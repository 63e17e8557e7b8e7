with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

arms as (

    select experiment_id, arm, count(*) as user_count
    from first_assignments
    group by experiment_id, arm

),

saves as (

    select f.experiment_id, f.arm, count(*) as save_count
    from first_assignments as f
    join experiments as x on f.experiment_id = x.experiment_id
    join engagements as e on f.user_id = e.user_id
    where e.engagement_type = 'save' and e.event_at >= f.assigned_at and e.event_at < x.ends_at
    group by f.experiment_id, f.arm

)

select
    a.experiment_id,
    a.arm,
    a.user_count,
    coalesce(s.save_count, 0) as save_count,
    coalesce(s.save_count, 0) / a.user_count as saves_per_user
from arms as a
left join saves as s on a.experiment_id = s.experiment_id and a.arm = s.arm
