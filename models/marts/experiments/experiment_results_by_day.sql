with contrasts as (

    select * from {{ ref('int_experiments__contrasts_by_day') }}

),

-- What the sequence has once said it does not take back: where there is no effect, the chance that it ever falls below
-- alpha is at most alpha.
final as (

    select
        experiment_id,
        population,
        metric,
        arm,
        control_arm,
        method,
        look_date,
        unit_count,
        control_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        estimate_lower,
        estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        is_approximation_doubtful,
        null_reason,
        planned_user_count,
        sequential_lower,
        sequential_upper,
        sequential_p_value,
        sequential_relative_lift_lower,
        sequential_relative_lift_upper,
        sequential_null_reason,
        confidence_level,
        min(sequential_p_value) over (
            partition by experiment_id, population, metric, arm, method
            order by look_date
            rows between unbounded preceding and current row
        ) as smallest_sequential_p_value,
        row_number() over (
            partition by experiment_id, population, metric, arm, method
            order by look_date desc
        ) = 1 as is_latest
    from contrasts

)

select * from final
