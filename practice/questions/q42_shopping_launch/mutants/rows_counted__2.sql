with numbered as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'shopping_module'

)

select
    a.arm,
    count(distinct a.user_id) as user_count,
    avg(case when e.engagement_type = 'product_click' then 1 else 0 end) as product_clicks_per_user,
    avg(case when e.engagement_type = 'click' and not i.is_shoppable then 1 else 0 end) as organic_clicks_per_user,
    avg(case when e.engagement_type = 'click' then 1 else 0 end) as clicks_per_user,
    avg(case when e.engagement_type = 'save' then 1 else 0 end) as saves_per_user,
    avg(case when e.engagement_type = 'purchase' then 1 else 0 end) as purchases_per_user,
    avg(case when e.engagement_type = 'purchase' then coalesce(e.value, 0) else 0 end) as revenue_per_user
from numbered as a
join experiments as x on x.experiment_id = 'shopping_module'
left join engagements as e
    on a.user_id = e.user_id
    and e.event_at >= a.assigned_at
    and e.event_at < x.ends_at
left join items as i on e.item_id = i.item_id
where a.place = 1
group by a.arm
