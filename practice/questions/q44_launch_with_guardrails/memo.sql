with results as (

    select
        metric,
        metric_role,
        p_value,
        control_value,
        estimate,
        estimate_lower,
        estimate_upper,
        desired_direction,
        100 * estimate / control_value as change_percent,
        100 * estimate as change_points,
        case margin_scale
            when 'relative' then non_inferiority_margin * control_value
            when 'absolute' then non_inferiority_margin
        end as margin
    from metric_results
    where experiment_id = 'clickbait_titles' and arm = 'treatment'

),

changes as (

    select
        max(change_percent) filter (where metric = 'ctr') as ctr,
        max(change_points) filter (where metric = 'ctr') as ctr_points,
        max(change_percent) filter (where metric = 'ctr_logged') as ctr_logged,
        max(change_percent) filter (where metric = 'clicks_per_user') as clicks_per_user,
        max(100 * estimate_lower / control_value) filter (where metric = 'hide_rate') as hides_least,
        max(change_percent) filter (where metric = 'hide_rate') as hides,
        max(100 * estimate_upper / control_value) filter (where metric = 'hide_rate') as hides_most,
        max(100 * estimate_lower) filter (where metric = 'hide_rate') as hides_least_points,
        max(change_percent) filter (where metric = 'satisfied_ctr') as satisfied_ctr,
        max(change_points) filter (where metric = 'satisfied_ctr') as satisfied_ctr_points,
        max(change_percent) filter (where metric = 'satisfied_clicks_per_user') as satisfied_clicks_per_user,
        max(change_percent) filter (where metric = 'long_click_rate') as long_click_rate,
        max(change_points) filter (where metric = 'long_click_rate') as long_click_rate_points,
        max(control_value) filter (where metric = 'satisfied_ctr')
        / max(control_value) filter (where metric = 'ctr') as satisfied_share_before,
        max(control_value + estimate) filter (where metric = 'satisfied_ctr')
        / max(control_value + estimate) filter (where metric = 'ctr') as satisfied_share_after
    from results

),

verdict as (

    select
        count(*) filter (where metric_role = 'primary' and p_value < 0.05 and estimate > 0) > 0 as is_better,
        count(*) filter (where metric_role = 'primary' and p_value < 0.05 and estimate < 0) > 0 as is_worse,
        count(*) filter (where metric_role = 'guardrail') as guardrail_count,
        count(*) filter (
            where metric_role = 'guardrail' and case desired_direction
                when 'decrease' then estimate_upper < margin
                else estimate_lower > -margin
            end
        ) as safe_count,
        count(*) filter (
            where metric_role = 'guardrail' and case desired_direction
                when 'decrease' then estimate_lower > margin
                else estimate_upper < -margin
            end
        ) as harmed_count
    from results

),

first_assignments as (

    select
        user_id,
        arm,
        row_number() over (partition by user_id order by assigned_at, arm) as place
    from assignments
    where experiment_id = 'clickbait_titles'

),

users as (

    select
        count(*) filter (where place = 1) as user_count,
        count(*) filter (where place = 1 and arm = 'treatment') as treated_count,
        count(*) as row_count,
        count(*) filter (where arm = 'treatment') as treated_row_count
    from first_assignments

),

ratio as (

    select
        abs(treated_count - user_count * share) / sqrt(user_count * share * (1 - share)) as deviation,
        abs(treated_row_count - row_count * share) / sqrt(row_count * share * (1 - share)) as deviation_of_rows,
        abs(2 * treated_count - user_count) / sqrt(user_count * share * (1 - share)) as deviation_of_arms
    from users
    cross join experiment_arm_shares
    where experiment_id = 'clickbait_titles' and arm = 'treatment'

)

select
    case
        when ratio.deviation > 3.29 then 'fix_the_assignment'
        when verdict.is_worse or verdict.harmed_count > 0 then 'stop'
        when verdict.is_better and verdict.safe_count = verdict.guardrail_count then 'ship'
        else 'run_longer'
    end as decision,
    ratio.deviation as sample_ratio_deviation,
    power(ratio.deviation, 2) as sample_ratio_deviation__chi_square,
    ratio.deviation_of_rows as sample_ratio_deviation__all_assignments,
    ratio.deviation_of_arms as sample_ratio_deviation__arms_compared,
    changes.ctr as ctr_change_percent,
    changes.ctr_points as ctr_change_percent__in_points,
    changes.ctr_logged as ctr_change_percent__all_logged_impressions,
    changes.clicks_per_user as ctr_change_percent__per_user,
    changes.hides_least as least_hide_rate_change_percent,
    changes.hides as least_hide_rate_change_percent__estimate_not_interval,
    changes.hides_most as least_hide_rate_change_percent__wrong_end,
    changes.hides_least_points as least_hide_rate_change_percent__in_points,
    changes.satisfied_ctr as satisfied_ctr_change_percent,
    -changes.satisfied_ctr as satisfied_ctr_change_percent__sign_turned,
    changes.satisfied_ctr_points as satisfied_ctr_change_percent__in_points,
    changes.satisfied_clicks_per_user as satisfied_ctr_change_percent__per_user,
    changes.long_click_rate as satisfied_ctr_change_percent__long_click_rate,
    100 * (changes.satisfied_share_after / changes.satisfied_share_before - 1) as satisfied_share_change_percent,
    100 * (1 - changes.satisfied_share_after / changes.satisfied_share_before)
        as satisfied_share_change_percent__sign_turned,
    100 * (changes.satisfied_share_after - changes.satisfied_share_before) as satisfied_share_change_percent__in_points,
    changes.satisfied_ctr - changes.ctr as satisfied_share_change_percent__percentages_subtracted,
    changes.long_click_rate_points as satisfied_share_change_percent__long_click_rate_in_points,
    changes.long_click_rate as satisfied_share_change_percent__long_click_rate
from changes
cross join verdict
cross join ratio
