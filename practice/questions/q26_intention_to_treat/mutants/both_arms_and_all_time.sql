select
    a.experiment_id,
    a.arm,
    count(distinct a.user_id) as user_count,
    count(e.event_id) as save_count,
    count(e.event_id) / count(distinct a.user_id) as saves_per_user
from assignments as a
join experiments as x on a.experiment_id = x.experiment_id
left join engagements as e
    on a.user_id = e.user_id
    and e.engagement_type = 'save'
group by a.experiment_id, a.arm
