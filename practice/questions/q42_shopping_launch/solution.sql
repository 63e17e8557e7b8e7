with numbered as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'shopping_module'

),

users_of_arms as (

    select
        a.user_id,
        a.arm,
        count(e.event_id) filter (where e.engagement_type = 'product_click') as product_clicks,
        count(e.event_id) filter (where e.engagement_type = 'click' and not i.is_shoppable) as organic_clicks,
        count(e.event_id) filter (where e.engagement_type = 'click') as clicks,
        count(e.event_id) filter (where e.engagement_type = 'save') as saves,
        count(e.event_id) filter (where e.engagement_type = 'purchase') as purchases,
        coalesce(sum(e.value) filter (where e.engagement_type = 'purchase'), 0) as revenue
    from numbered as a
    cross join (select ends_at from experiments where experiment_id = 'shopping_module') as x
    left join engagements as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < x.ends_at
    left join items as i on e.item_id = i.item_id
    where a.place = 1
    group by a.user_id, a.arm

)

select
    arm,
    count(*) as user_count,
    avg(product_clicks) as product_clicks_per_user,
    avg(organic_clicks) as organic_clicks_per_user,
    avg(clicks) as clicks_per_user,
    avg(saves) as saves_per_user,
    avg(purchases) as purchases_per_user,
    avg(revenue) as revenue_per_user
from users_of_arms
group by arm
