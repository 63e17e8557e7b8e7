-- The variance of y less theta times past from three moments, and adjusted differences from plain ones.
with whole as (

    select
        regr_slope(ad_revenue, session_count_before) as r,
        regr_slope(session_count, session_count_before) as v
    from ad_load_users

),

arms as (

    select
        arm,
        count(*) as n,
        avg(ad_revenue) as revenue,
        avg(session_count) as visits,
        avg(session_count_before) as past,
        var_samp(session_count_before) as past_variance,
        var_samp(ad_revenue) as revenue_variance,
        var_samp(session_count) as visits_variance,
        covar_samp(ad_revenue, session_count_before) as revenue_covariance,
        covar_samp(session_count, session_count_before) as visits_covariance,
        sum(case when is_active_in_last_week then 1 else 0 end) / count(*) as active_share
    from ad_load_users
    group by arm

),

with_errors as (

    select
        a.*,
        w.r,
        w.v,
        greatest(a.revenue_variance - 2 * w.r * a.revenue_covariance + w.r * w.r * a.past_variance, 0) / a.n as r_error,
        greatest(a.visits_variance - 2 * w.v * a.visits_covariance + w.v * w.v * a.past_variance, 0) / a.n as v_error
    from arms as a
    cross join whole as w

)

select
    t.arm,
    t.n as user_count,
    c.revenue as control_revenue,
    t.revenue - c.revenue - t.r * (t.past - c.past) as revenue_difference,
    sqrt(t.r_error + c.r_error) as revenue_error,
    c.visits as control_visits,
    t.visits - c.visits - t.v * (t.past - c.past) as visits_difference,
    sqrt(t.v_error + c.v_error) as visits_error,
    t.active_share - c.active_share as active_difference
from with_errors as t
cross join with_errors as c
where c.arm = 'control' and t.arm in ('more_ads', 'most_ads')
