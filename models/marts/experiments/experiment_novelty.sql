with novelty as (

    select * from {{ ref('int_experiments__novelty') }}

),

{{ feedlift._validities() }},

final as (

    select
        novelty.experiment_id,
        novelty.population,
        novelty.metric,
        novelty.scale,
        novelty.arm,
        novelty.control_arm,
        novelty.metric_role,
        novelty.day_count,
        novelty.unit_count,
        novelty.control_unit_count,
        novelty.active_unit_count,
        novelty.control_active_unit_count,
        novelty.arm_value,
        novelty.control_value,
        novelty.estimate,
        novelty.estimate_se,
        novelty.degrees_of_freedom,
        novelty.estimate_lower,
        novelty.estimate_upper,
        novelty.p_value,
        novelty.test_family,
        novelty.family_size,
        novelty.p_value_benjamini_hochberg,
        novelty.mean_daily_effect,
        novelty.mean_daily_effect_p_value,
        novelty.trend,
        novelty.confidence_level,
        novelty.approximation_quality,
        novelty.null_reason,
        validities.is_valid,
        validities.invalid_reason
    from novelty
    left join validities
        on novelty.experiment_id = validities.experiment_id and novelty.population = validities.population

)

select * from final
