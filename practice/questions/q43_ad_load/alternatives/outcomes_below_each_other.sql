-- Each outcome on rows of its own, so that everything is written once; the past is centred, which changes nothing.
with outcomes as (

    select arm, session_count_before as past, 'revenue' as outcome, cast(ad_revenue as double) as y
    from ad_load_users
    union all
    select arm, session_count_before as past, 'visits' as outcome, cast(session_count as double) as y
    from ad_load_users

),

centred as (

    select *, past - avg(past) over () as x
    from outcomes

),

thetas as (

    select outcome, sum(x * y) / sum(x * x) as theta
    from centred
    group by outcome

),

moments as (

    select
        c.outcome,
        c.arm,
        count(*) as n,
        avg(c.y) as mean_y,
        avg(c.y - t.theta * c.x) as mean_adjusted,
        stddev_samp(c.y - t.theta * c.x) / sqrt(count(*)) as error_of_mean
    from centred as c
    join thetas as t using (outcome)
    group by c.outcome, c.arm

),

compared as (

    select
        a.outcome,
        a.arm,
        a.n,
        o.mean_y as control_mean,
        a.mean_adjusted - o.mean_adjusted as difference,
        sqrt(power(a.error_of_mean, 2) + power(o.error_of_mean, 2)) as standard_error
    from moments as a
    join moments as o on a.outcome = o.outcome and o.arm = 'control' and a.arm <> 'control'

)

select
    r.arm,
    r.n as user_count,
    r.control_mean as control_revenue,
    r.difference as revenue_difference,
    r.standard_error as revenue_error,
    v.control_mean as control_visits,
    v.difference as visits_difference,
    v.standard_error as visits_error,
    (select count(*) filter (where is_active_in_last_week) / count(*) from ad_load_users as u where u.arm = r.arm)
    - (select count(*) filter (where is_active_in_last_week) / count(*) from ad_load_users where arm = 'control')
        as active_difference
from compared as r
join compared as v on r.arm = v.arm and r.outcome = 'revenue' and v.outcome = 'visits'
