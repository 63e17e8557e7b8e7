with numbered as (

    select
        experiment_id,
        user_id,
        arm,
        assigned_at,
        row_number() over (partition by experiment_id, user_id order by assigned_at, arm) as place
    from assignments

),

observed as (

    select
        s.experiment_id,
        s.phase,
        s.arm,
        s.share,
        count(a.user_id) as user_count
    from experiment_arm_shares as s
    left join numbered as a
        on s.experiment_id = a.experiment_id
        and s.arm = a.arm
        and a.place = 1
        and a.assigned_at >= s.starts_at
        and (a.assigned_at < s.ends_at or s.ends_at is null)
    group by s.experiment_id, s.phase, s.arm, s.share

),

expected as (

    select
        experiment_id,
        share,
        user_count,
        sum(user_count) over (partition by experiment_id, phase) as phase_user_count
    from observed

),

mismatches as (

    select experiment_id
    from expected
    where abs(user_count - phase_user_count * share) > 3.29 * sqrt(phase_user_count * share * (1 - share))

),

-- Every metric turned so that more is worse.
turned as (

    select
        experiment_id,
        arm,
        metric_role,
        p_value,
        case desired_direction when 'decrease' then estimate else -estimate end as harm,
        case desired_direction when 'decrease' then estimate_lower else -estimate_upper end as least_harm,
        case desired_direction when 'decrease' then estimate_upper else -estimate_lower end as most_harm,
        case margin_scale
            when 'relative' then non_inferiority_margin * control_value
            when 'absolute' then non_inferiority_margin
        end as tolerated_harm
    from metric_results

),

arms as (

    select
        experiment_id,
        arm,
        case
            when count(*) filter (where metric_role = 'primary' and p_value < 0.05 and harm < 0) > 0 then 'better'
            when count(*) filter (where metric_role = 'primary' and p_value < 0.05 and harm > 0) > 0 then 'worse'
            else 'open'
        end as primary_result,
        count(*) filter (where metric_role = 'guardrail') as guardrail_count,
        count(*) filter (where metric_role = 'guardrail' and most_harm < tolerated_harm) as safe_count,
        count(*) filter (where metric_role = 'guardrail' and least_harm > tolerated_harm) as harmed_count
    from turned
    group by experiment_id, arm

)

select
    experiment_id,
    arm,
    primary_result,
    guardrail_count,
    safe_count,
    harmed_count,
    case
        when experiment_id in (select experiment_id from mismatches) then 'invalid'
        when primary_result = 'worse' or harmed_count > 0 then 'stop'
        when primary_result = 'better' and safe_count = guardrail_count then 'ship'
        else 'undecided'
    end as verdict
from arms
