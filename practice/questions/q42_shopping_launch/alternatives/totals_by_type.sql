with first_times as (

    select user_id, min(assigned_at) as assigned_at
    from assignments
    where experiment_id = 'shopping_module'
    group by user_id

),

first_arms as (

    select f.user_id, f.assigned_at, min(a.arm) as arm
    from first_times as f
    join assignments as a on f.user_id = a.user_id and f.assigned_at = a.assigned_at
    where a.experiment_id = 'shopping_module'
    group by f.user_id, f.assigned_at

),

sizes as (

    select arm, count(*) as user_count
    from first_arms
    group by arm

),

totals as (

    select
        f.arm,
        sum(case when e.engagement_type = 'product_click' then 1 else 0 end) as product_clicks,
        sum(
            case
                when e.engagement_type = 'click'
                    and e.item_id in (select item_id from items where not is_shoppable) then 1
                else 0
            end
        ) as organic_clicks,
        sum(case when e.engagement_type = 'click' then 1 else 0 end) as clicks,
        sum(case when e.engagement_type = 'save' then 1 else 0 end) as saves,
        sum(case when e.engagement_type = 'purchase' then 1 else 0 end) as purchases,
        sum(case when e.engagement_type = 'purchase' then coalesce(e.value, 0) else 0 end) as revenue
    from first_arms as f
    join engagements as e on f.user_id = e.user_id and e.event_at >= f.assigned_at
    join experiments as x on e.event_at < x.ends_at
    where x.experiment_id = 'shopping_module'
    group by f.arm

)

select
    s.arm,
    s.user_count,
    coalesce(t.product_clicks, 0) / s.user_count as product_clicks_per_user,
    coalesce(t.organic_clicks, 0) / s.user_count as organic_clicks_per_user,
    coalesce(t.clicks, 0) / s.user_count as clicks_per_user,
    coalesce(t.saves, 0) / s.user_count as saves_per_user,
    coalesce(t.purchases, 0) / s.user_count as purchases_per_user,
    coalesce(t.revenue, 0) / s.user_count as revenue_per_user
from sizes as s
left join totals as t on s.arm = t.arm
