with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

)

select
    a.experiment_id,
    a.arm,
    count(*) as user_count,
    count(e.event_id) as save_count,
    count(e.event_id) / count(*) as saves_per_user
from first_assignments as a
join experiments as x on a.experiment_id = x.experiment_id
left join engagements as e
    on a.user_id = e.user_id
    and e.engagement_type = 'save'
    and e.event_at >= a.assigned_at
    and e.event_at < x.ends_at
group by a.experiment_id, a.arm
