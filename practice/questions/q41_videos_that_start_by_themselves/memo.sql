with numbered as (

    select
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'video_autoplay'

),

users_of_arms as (

    select a.arm, a.user_id, a.assigned_at, x.ends_at
    from numbered as a
    join experiments as x on x.experiment_id = 'video_autoplay'
    where a.place = 1

),

reactions as (

    select
        u.arm,
        u.user_id,
        count(*) filter (where e.engagement_type = 'video_start') as starts,
        count(*) filter (where e.engagement_type = 'video_complete') as completes,
        count(*) filter (
            where e.engagement_type = 'video_complete' and i.created_at >= e.event_at - interval '7 days'
        ) as fresh_completes,
        count(*) filter (where e.engagement_type = 'hide') as hides
    from users_of_arms as u
    left join engagements as e on u.user_id = e.user_id and e.event_at >= u.assigned_at and e.event_at < u.ends_at
    left join items as i on e.item_id = i.item_id
    group by u.arm, u.user_id

),

feeds as (

    select u.arm, u.user_id, count(v.event_id) as views
    from users_of_arms as u
    left join impressions as v on u.user_id = v.user_id and v.event_at >= u.assigned_at and v.event_at < u.ends_at
    group by u.arm, u.user_id

),

rated as (

    select
        r.*,
        f.views,
        sum(r.hides) over arms / nullif(sum(f.views) over arms, 0) as hide_rate
    from reactions as r
    join feeds as f using (arm, user_id)
    window arms as (partition by arm)

),

arms as (

    select
        arm,
        count(*) as n,
        case arm when 'control' then 0.5 when 'muted' then 0.3 else 0.2 end as planned_share,
        avg(starts) as starts,
        avg(completes) as completes,
        stddev_samp(completes) / sqrt(count(*)) as completes_error,
        avg(nullif(completes, 0)) as completes_of_some,
        avg(fresh_completes) as fresh,
        avg(hides) as hides,
        max(hide_rate) as hide_rate,
        stddev_samp(hides - hide_rate * views) / sqrt(count(*)) / avg(views) as hides_error,
        sqrt(max(hide_rate) * (1 - max(hide_rate)) / sum(views)) as binomial_error
    from rated
    group by arm

),

mismatch as (

    select
        sum(power(n - planned_share * total, 2) / (planned_share * total)) as chi_square,
        sum(power(n - total / 3, 2) / (total / 3)) as chi_square_of_equal_shares
    from (select *, sum(n) over () as total from arms)

),

doubled as (

    select sum(power(n - planned_share * total, 2) / (planned_share * total)) as chi_square
    from (
        select
            count(distinct user_id) as n,
            case arm when 'control' then 0.5 when 'muted' then 0.3 else 0.2 end as planned_share,
            sum(count(distinct user_id)) over () as total
        from numbered
        group by arm
    )

),

-- 2.24 standard errors: 97.5 percent for each of two arms, so that both intervals hold with 95 percent.
compared as (

    select
        t.arm,
        t.completes - c.completes as completes_change,
        t.completes / c.completes - 1 as completes_lift,
        t.completes / t.starts / (c.completes / c.starts) - 1 as completes_per_start_lift,
        t.completes_of_some / c.completes_of_some - 1 as completes_of_some_lift,
        sqrt(power(t.completes_error, 2) + power(c.completes_error, 2)) as completes_error,
        t.completes_error + c.completes_error as completes_errors_added,
        t.completes - 2.24 * t.completes_error as lower_of_one_mean,
        t.fresh / c.fresh - 1 as fresh_lift,
        t.fresh - c.fresh as fresh_change,
        t.fresh / t.completes / (c.fresh / c.completes) - 1 as fresh_share_lift,
        t.hide_rate - c.hide_rate as hides_change,
        t.hides / c.hides - 1 as hides_per_user_lift,
        sqrt(power(t.hides_error, 2) + power(c.hides_error, 2)) as hides_error,
        sqrt(power(t.binomial_error, 2) + power(c.binomial_error, 2)) as binomial_error,
        t.hides_error + c.hides_error as hides_errors_added,
        c.hide_rate as control_hide_rate
    from arms as t
    join arms as c on c.arm = 'control'
    where t.arm <> 'control'

),

passing as (

    select max_by(arm, completes_change) as best
    from compared
    where
        completes_change - 2.24 * completes_error > 0
        and (hides_change + 2.24 * hides_error) / control_hide_rate < 0.5
        and (select chi_square from mismatch) < 13.8

)

select
    coalesce('ship_' || p.best, 'ship_neither') as decision,
    s.chi_square as sample_ratio_chi_square,
    s.chi_square_of_equal_shares as sample_ratio_chi_square__equal_shares,
    d.chi_square as sample_ratio_chi_square__users_in_both_arms,
    100 * m.completes_lift as muted_completes_lift_percent,
    100 * (1 + m.completes_lift) as muted_completes_lift_percent__ratio_not_change,
    100 * m.completes_change as muted_completes_lift_percent__in_units,
    100 * m.completes_per_start_lift as muted_completes_lift_percent__per_start,
    100 * m.completes_of_some_lift as muted_completes_lift_percent__users_with_some,
    m.completes_change - 2.24 * m.completes_error as muted_completes_lower,
    m.completes_change as muted_completes_lower__no_interval,
    m.completes_change - 1.96 * m.completes_error as muted_completes_lower__one_comparison,
    m.completes_change - 2.24 * m.completes_errors_added as muted_completes_lower__errors_added,
    m.lower_of_one_mean as muted_completes_lower__interval_of_one_mean,
    100 * m.fresh_lift as muted_fresh_lift_percent,
    100 * (1 + m.fresh_lift) as muted_fresh_lift_percent__ratio_not_change,
    100 * m.fresh_change as muted_fresh_lift_percent__in_units,
    100 * m.fresh_share_lift as muted_fresh_lift_percent__share_of_completes,
    100 * (m.hides_change + 2.24 * m.hides_error) / m.control_hide_rate as muted_hides_upper_percent,
    100 * m.hides_change / m.control_hide_rate as muted_hides_upper_percent__no_interval,
    100 * (m.hides_change + 1.96 * m.hides_error) / m.control_hide_rate
        as muted_hides_upper_percent__one_comparison,
    100 * (m.hides_change + 2.24 * m.hides_errors_added) / m.control_hide_rate
        as muted_hides_upper_percent__errors_added,
    100 * (m.hides_change + 2.24 * m.binomial_error) / m.control_hide_rate
        as muted_hides_upper_percent__impressions_as_units,
    100 * o.hides_change / o.control_hide_rate as sound_hides_change_percent,
    100 * (1 + o.hides_change / o.control_hide_rate) as sound_hides_change_percent__ratio_not_change,
    100 * o.hides_change as sound_hides_change_percent__in_units,
    100 * o.hides_per_user_lift as sound_hides_change_percent__hides_per_user
from passing as p
cross join mismatch as s
cross join doubled as d
join compared as m on m.arm = 'muted'
join compared as o on o.arm = 'sound'
