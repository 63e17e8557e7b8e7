with slopes as (

    select
        covar_samp(ad_revenue, session_count_before) / var_samp(session_count_before) as revenue_theta,
        covar_samp(session_count, session_count_before) / var_samp(session_count_before) as visits_theta
    from ad_load_users

),

adjusted as (

    select
        u.arm,
        u.ad_revenue,
        u.session_count,
        u.session_count_before,
        u.ad_revenue - s.revenue_theta * u.session_count_before as adjusted_revenue,
        u.session_count - s.visits_theta * u.session_count_before as adjusted_visits,
        case when u.is_active_in_last_week then 1.0 else 0.0 end as is_active
    from ad_load_users as u
    cross join slopes as s

),

arms as (

    select
        arm,
        count(*) as user_count,
        avg(ad_revenue) as revenue,
        avg(session_count) as visits,
        avg(adjusted_revenue) as adjusted_revenue,
        avg(adjusted_visits) as adjusted_visits,
        var_samp(adjusted_revenue) / count(*) as revenue_squared_error,
        var_samp(adjusted_visits) / count(*) as visits_squared_error,
        avg(is_active) as active_share,
        var_samp(session_count) / count(*) as plain_visits_squared_error,
        avg(is_active) filter (where session_count > 0) as active_share_of_visitors,
        avg(is_active) filter (where session_count_before < 5) as seldom_active_share,
        avg(is_active) filter (where session_count_before >= 5) as other_active_share
    from adjusted
    group by arm

),

compared as (

    select
        t.arm,
        t.user_count,
        c.revenue as control_revenue,
        t.adjusted_revenue - c.adjusted_revenue as revenue_difference,
        sqrt(t.revenue_squared_error + c.revenue_squared_error) as revenue_error,
        c.visits as control_visits,
        t.adjusted_visits - c.adjusted_visits as visits_difference,
        sqrt(t.visits_squared_error + c.visits_squared_error) as visits_error,
        t.revenue,
        t.visits,
        t.revenue - c.revenue as plain_revenue_difference,
        t.visits - c.visits as plain_visits_difference,
        sqrt(t.plain_visits_squared_error + c.plain_visits_squared_error) as plain_visits_error,
        t.active_share - c.active_share as active_difference,
        t.active_share / c.active_share - 1 as active_change,
        t.active_share_of_visitors - c.active_share_of_visitors as active_difference_of_visitors,
        t.seldom_active_share - c.seldom_active_share as seldom_difference,
        t.seldom_active_share / c.seldom_active_share - 1 as seldom_change,
        t.other_active_share / c.other_active_share - 1 as other_change
    from arms as t
    join arms as c on c.arm = 'control'
    where t.arm <> 'control'

),

-- 2.24 standard errors: 97.5 percent for each of two arms.
keepable as (

    select max_by(arm, revenue_difference) as best
    from compared
    where
        revenue_difference - 2.24 * revenue_error > 0
        and visits_difference - 2.24 * visits_error >= -0.05 * control_visits

)

select
    case k.best
        when 'more_ads' then 'fifteen_percent'
        when 'most_ads' then 'twenty_percent'
        else 'keep_ten_percent'
    end as decision,
    100 * a.revenue_difference / a.control_revenue as more_revenue_lift_percent,
    100 * a.plain_revenue_difference / a.control_revenue as more_revenue_lift_percent__unadjusted,
    a.revenue_difference as more_revenue_lift_percent__in_units,
    a.revenue_difference / a.control_revenue as more_revenue_lift_percent__as_fraction,
    100 * (a.revenue / a.visits / (a.control_revenue / a.control_visits) - 1)
        as more_revenue_lift_percent__per_visit,
    100 * (b.revenue_difference - a.revenue_difference) / (a.control_revenue + a.revenue_difference)
        as extra_revenue_percent,
    100 * (b.revenue - a.revenue) / a.revenue as extra_revenue_percent__unadjusted,
    100 * (b.revenue_difference - a.revenue_difference) / a.control_revenue
        as extra_revenue_percent__of_control,
    100 * (b.revenue_difference / a.revenue_difference - 1) as extra_revenue_percent__of_the_first_step,
    100 * (a.visits_difference - 2.24 * a.visits_error) / a.control_visits as more_visits_lower_percent,
    100 * (a.plain_visits_difference - 2.24 * a.plain_visits_error) / a.control_visits
        as more_visits_lower_percent__unadjusted,
    100 * (a.visits_difference - 1.96 * a.visits_error) / a.control_visits
        as more_visits_lower_percent__one_comparison,
    100 * a.visits_difference / a.control_visits as more_visits_lower_percent__no_interval,
    a.visits_difference - 2.24 * a.visits_error as more_visits_lower_percent__in_units,
    100 * b.visits_difference / b.control_visits as most_visits_percent,
    100 * b.plain_visits_difference / b.control_visits as most_visits_percent__unadjusted,
    b.visits_difference as most_visits_percent__in_units,
    b.visits_difference / b.control_visits as most_visits_percent__as_fraction,
    100 * b.active_difference as most_active_points,
    100 * b.active_change as most_active_points__in_percent,
    b.active_difference as most_active_points__as_fraction,
    100 * b.active_difference_of_visitors as most_active_points__among_visitors,
    100 * b.seldom_change as seldom_active_percent,
    100 * b.seldom_difference as seldom_active_percent__in_points,
    b.seldom_change as seldom_active_percent__as_fraction,
    100 * b.active_change as seldom_active_percent__all_users,
    100 * b.other_change as seldom_active_percent__the_other_users
from keepable as k
join compared as a on a.arm = 'more_ads'
join compared as b on b.arm = 'most_ads'
