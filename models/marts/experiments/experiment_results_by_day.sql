with contrasts as (

    select * from {{ ref('int_experiments__contrasts_by_day') }}

),

{{ feedlift._validities() }},

-- What the sequence has once said it does not take back: where there is no effect, the chance that it ever falls below
-- alpha is at most alpha.
final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
        contrasts.look_date,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.estimate_lower,
        contrasts.estimate_upper,
        contrasts.p_value,
        contrasts.relative_lift,
        contrasts.relative_lift_lower,
        contrasts.relative_lift_upper,
        contrasts.approximation_quality,
        contrasts.null_reason,
        contrasts.planned_user_count,
        contrasts.sequential_lower,
        contrasts.sequential_upper,
        contrasts.sequential_p_value,
        contrasts.sequential_relative_lift_lower,
        contrasts.sequential_relative_lift_upper,
        contrasts.sequential_null_reason,
        contrasts.confidence_level,
        validities.is_valid,
        validities.invalid_reason,
        min(contrasts.sequential_p_value) over (
            partition by
                contrasts.experiment_id,
                contrasts.population,
                contrasts.metric,
                contrasts.arm,
                contrasts.method
            order by contrasts.look_date
            rows between unbounded preceding and current row
        ) as smallest_sequential_p_value,
        row_number() over (
            partition by
                contrasts.experiment_id,
                contrasts.population,
                contrasts.metric,
                contrasts.arm,
                contrasts.method
            order by contrasts.look_date desc
        ) = 1 as is_latest
    from contrasts
    left join validities
        on contrasts.experiment_id = validities.experiment_id and contrasts.population = validities.population

)

select * from final
