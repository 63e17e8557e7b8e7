with first_assignments as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'shopping_module'

),

events as (

    select
        e.*,
        i.is_shoppable,
        s.module_id = 'shopping_module' as is_in_module
    from engagements as e
    left join items as i on e.item_id = i.item_id
    left join impressions as s on e.impression_event_id = s.event_id

),

user_totals as (

    select
        a.user_id,
        a.arm,
        a.user_id in (
            select b.user_id
            from engagements as b
            where b.engagement_type in ('product_click', 'add_to_cart', 'purchase') and b.event_at < a.assigned_at
        ) as was_shopper,
        a.arm = 'treatment' and a.user_id in (
            select m.user_id from impressions as m where m.module_id = 'shopping_module'
        ) as saw_module,
        count(e.event_id) > 0 as did_anything,
        count(e.event_id) filter (where e.engagement_type in ('product_click', 'add_to_cart', 'purchase')) > 0
            as is_shopper,
        count(e.event_id) filter (where e.engagement_type = 'click') as clicks,
        count(e.event_id) filter (where e.engagement_type = 'click' and not e.is_shoppable) as organic_clicks,
        count(e.event_id) filter (where e.engagement_type = 'click' and e.is_shoppable) as shoppable_clicks,
        count(e.event_id) filter (where e.engagement_type = 'product_click') as product_clicks,
        count(e.event_id) filter (where e.engagement_type = 'click' and e.is_in_module) as module_clicks,
        coalesce(sum(e.value) filter (where e.engagement_type = 'purchase'), 0) as revenue
    from first_assignments as a
    cross join (select ends_at from experiments where experiment_id = 'shopping_module') as x
    left join events as e
        on a.user_id = e.user_id
        and e.event_at >= a.assigned_at
        and e.event_at < x.ends_at
    where a.place = 1
    group by a.user_id, a.arm, a.assigned_at

),

arms as (

    select
        arm,
        count(*) as users,
        avg(clicks) as clicks,
        avg(organic_clicks) as organic,
        var_samp(organic_clicks) / count(*) as organic_var,
        avg(shoppable_clicks) as shoppable,
        avg(product_clicks) as product,
        avg(module_clicks) as in_module,
        avg(revenue) as revenue,
        var_samp(revenue) / count(*) as revenue_var,
        avg(revenue) filter (where revenue > 0) as revenue_of_buyers,
        avg(clicks) filter (where did_anything) as clicks_of_active,
        avg(organic_clicks) filter (where did_anything) as organic_of_active,
        avg(organic_clicks) filter (where saw_module) as organic_of_viewers,
        avg(clicks) filter (where saw_module) as clicks_of_viewers,
        avg(revenue) filter (where saw_module) as revenue_of_viewers,
        sum(clicks) as total_clicks,
        sum(organic_clicks) as total_organic,
        sum(revenue) as total_revenue,
        avg(organic_clicks) filter (where not was_shopper) as organic_of_browsers,
        avg(organic_clicks) filter (where was_shopper) as organic_of_shoppers,
        var_samp(organic_clicks) filter (where was_shopper) / count(*) filter (where was_shopper)
            as organic_of_shoppers_var,
        avg(organic_clicks) filter (where not is_shopper) as organic_of_later_browsers
    from user_totals
    group by arm

),

compared as (

    select
        t.organic - c.organic as organic_difference,
        sqrt(t.organic_var + c.organic_var) as organic_error,
        t.organic_of_shoppers - c.organic_of_shoppers as shoppers_difference,
        sqrt(t.organic_of_shoppers_var + c.organic_of_shoppers_var) as shoppers_error,
        t.revenue - c.revenue as revenue_difference,
        sqrt(t.revenue_var + c.revenue_var) as revenue_error,
        t.users - 0.5 * (t.users + c.users) as surplus_users,
        0.5 * sqrt(t.users + c.users) as users_error,
        t as t,
        c as c
    from arms as t
    cross join arms as c
    where t.arm = 'treatment' and c.arm = 'control'

)

select
    -- Organic clicks may fall by a tenth. Shoppers alone are a launch if that is shown to hold for them.
    case
        when abs(surplus_users) > 3.29 * users_error then 'fix_the_assignment'
        when organic_difference - 1.96 * organic_error > -0.1 * c.organic and revenue_difference > 1.96 * revenue_error
            then 'ship'
        when organic_difference + 1.96 * organic_error >= -0.1 * c.organic then 'run_longer'
        when shoppers_difference - 1.96 * shoppers_error > -0.1 * c.organic_of_shoppers then 'ship_to_shoppers'
        else 'stop_and_retest'
    end as decision,
    100 * (t.clicks / c.clicks - 1) as clicks_change_percent,
    100 * (t.total_clicks / c.total_clicks - 1) as clicks_change_percent__totals,
    t.clicks - c.clicks as clicks_change_percent__in_units,
    100 * (1 - t.clicks / c.clicks) as clicks_change_percent__sign_turned,
    100 * (t.clicks_of_active / c.clicks_of_active - 1) as clicks_change_percent__active_users,
    100 * (t.clicks_of_viewers / c.clicks - 1) as clicks_change_percent__users_who_saw_it,
    100 * (t.organic / c.organic - 1) as organic_change_percent,
    100 * (t.total_organic / c.total_organic - 1) as organic_change_percent__totals,
    organic_difference as organic_change_percent__in_units,
    100 * (1 - t.organic / c.organic) as organic_change_percent__sign_turned,
    100 * (t.organic_of_active / c.organic_of_active - 1) as organic_change_percent__active_users,
    100 * (t.organic_of_viewers / c.organic - 1) as organic_change_percent__users_who_saw_it,
    100 * (organic_difference + 1.96 * organic_error) / c.organic as organic_change_percent__end_of_the_interval,
    t.shoppable - c.shoppable as shoppable_clicks_gained,
    t.clicks - c.clicks as shoppable_clicks_gained__all_clicks,
    round(100 * (t.shoppable / c.shoppable - 1), 1) as shoppable_clicks_gained__in_percent,
    t.product - c.product as shoppable_clicks_gained__product_clicks,
    t.in_module as shoppable_clicks_gained__clicks_in_the_module,
    100 * (t.revenue / c.revenue - 1) as revenue_change_percent,
    100 * (t.total_revenue / c.total_revenue - 1) as revenue_change_percent__totals,
    revenue_difference as revenue_change_percent__in_units,
    100 * (t.revenue_of_buyers / c.revenue_of_buyers - 1) as revenue_change_percent__per_buyer,
    100 * (t.revenue_of_viewers / c.revenue - 1) as revenue_change_percent__users_who_saw_it,
    revenue_difference - 1.96 * revenue_error as revenue_difference_lower,
    round(100 * (revenue_difference - 1.96 * revenue_error) / c.revenue, 1) as revenue_difference_lower__in_percent,
    revenue_difference as revenue_difference_lower__no_interval,
    revenue_difference - revenue_error as revenue_difference_lower__one_standard_error,
    revenue_difference - 1.96 * sqrt(t.revenue_var) as revenue_difference_lower__error_of_one_arm,
    100 * (t.organic_of_browsers / c.organic_of_browsers - 1) as browsers_organic_change_percent,
    t.organic_of_browsers - c.organic_of_browsers as browsers_organic_change_percent__in_units,
    100 * (1 - t.organic_of_browsers / c.organic_of_browsers) as browsers_organic_change_percent__sign_turned,
    100 * (t.organic_of_later_browsers / c.organic_of_later_browsers - 1)
        as browsers_organic_change_percent__segment_after_assignment,
    100 * (t.organic_of_shoppers / c.organic_of_shoppers - 1) as browsers_organic_change_percent__other_segment
from compared
