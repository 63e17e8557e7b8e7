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
        avg(is_active) as active_share
    from adjusted
    group by arm

),

everybody as (

    select
        avg(ad_revenue) as revenue,
        avg(session_count) as visits,
        avg(adjusted_revenue) as adjusted_revenue,
        avg(adjusted_visits) as adjusted_visits,
        var_samp(adjusted_revenue) / count(*) as revenue_squared_error,
        var_samp(adjusted_visits) / count(*) as visits_squared_error,
        avg(is_active) as active_share
    from adjusted

)

select
    t.arm,
    t.user_count,
    c.revenue as control_revenue,
    t.adjusted_revenue - c.adjusted_revenue as revenue_difference,
    sqrt(t.revenue_squared_error + c.revenue_squared_error) as revenue_error,
    c.visits as control_visits,
    t.adjusted_visits - c.adjusted_visits as visits_difference,
    sqrt(t.visits_squared_error + c.visits_squared_error) as visits_error,
    t.active_share - c.active_share as active_difference
from arms as t
cross join everybody as c
where t.arm <> 'control'
