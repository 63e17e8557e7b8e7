with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at desc) as place
    from assignments

),

users_of_arms as (

    select
        a.experiment_id,
        a.user_id,
        a.arm,
        count(e.event_id) as save_count
    from numbered as a
    join experiments as x on a.experiment_id = x.experiment_id
    left join engagements as e
        on a.user_id = e.user_id
        and e.engagement_type = 'save'
        and e.event_at >= a.assigned_at
        and e.event_at < x.ends_at
    where a.place = 1
    group by a.experiment_id, a.user_id, a.arm

)

select
    experiment_id,
    arm,
    count(*) as user_count,
    sum(save_count) as save_count,
    avg(save_count) as saves_per_user
from users_of_arms
group by experiment_id, arm
