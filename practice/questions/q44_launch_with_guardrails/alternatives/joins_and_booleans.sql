with first_assignments as (

    select distinct on (experiment_id, user_id) experiment_id, user_id, arm, assigned_at
    from assignments
    order by experiment_id, user_id, assigned_at, arm

),

cells as (

    select
        s.experiment_id,
        s.phase,
        s.share,
        (
            select count(*)
            from first_assignments as a
            where a.experiment_id = s.experiment_id
                and a.arm = s.arm
                and a.assigned_at >= s.starts_at
                and a.assigned_at < coalesce(s.ends_at, timestamp '9999-01-01')
        ) as observed
    from experiment_arm_shares as s

),

totals as (

    select experiment_id, phase, sum(observed) as total
    from cells
    group by experiment_id, phase

),

-- For a squared deviation the limit is 3.29 squared variances.
mismatches as (

    select distinct c.experiment_id
    from cells as c
    join totals as t on c.experiment_id = t.experiment_id and c.phase = t.phase
    where power(c.observed - t.total * c.share, 2) > 3.29 * 3.29 * t.total * c.share * (1 - c.share)

),

arms as (

    select distinct experiment_id, arm
    from metric_results

),

primaries as (

    select
        experiment_id,
        arm,
        case when (estimate > 0) = (desired_direction = 'increase') then 'better' else 'worse' end as result
    from metric_results
    where metric_role = 'primary' and p_value < 0.05

),

margins as (

    select
        *,
        non_inferiority_margin * case when margin_scale = 'relative' then control_value else 1 end as margin
    from metric_results
    where metric_role = 'guardrail'

),

guardrails as (

    select
        experiment_id,
        arm,
        coalesce(
            (desired_direction = 'increase' and estimate_lower > -margin)
            or (desired_direction = 'decrease' and estimate_upper < margin),
            false
        ) as is_safe,
        coalesce(
            (desired_direction = 'increase' and estimate_upper < -margin)
            or (desired_direction = 'decrease' and estimate_lower > margin),
            false
        ) as is_harmed
    from margins

),

counts as (

    select
        a.experiment_id,
        a.arm,
        coalesce(p.result, 'open') as primary_result,
        count(g.arm) as guardrail_count,
        count(*) filter (where g.is_safe) as safe_count,
        count(*) filter (where g.is_harmed) as harmed_count
    from arms as a
    left join primaries as p on a.experiment_id = p.experiment_id and a.arm = p.arm
    left join guardrails as g on a.experiment_id = g.experiment_id and a.arm = g.arm
    group by a.experiment_id, a.arm, p.result

)

select
    c.*,
    case
        when m.experiment_id is not null then 'invalid'
        when c.harmed_count > 0 then 'stop'
        when c.primary_result = 'worse' then 'stop'
        when c.primary_result = 'open' or c.safe_count < c.guardrail_count then 'undecided'
        else 'ship'
    end as verdict
from counts as c
left join mismatches as m on c.experiment_id = m.experiment_id
