with effects as (

    select * from {{ ref('int_experiments__session_order_effects') }}

),

{{ feedlift._validities() }},

final as (

    select
        effects.experiment_id,
        effects.population,
        effects.metric,
        effects.session_order,
        effects.arm,
        effects.control_arm,
        effects.unit_count,
        effects.control_unit_count,
        effects.arm_value,
        effects.control_value,
        effects.estimate,
        effects.estimate_se,
        effects.estimate_lower,
        effects.estimate_upper,
        effects.p_value,
        effects.relative_lift,
        effects.relative_lift_lower,
        effects.relative_lift_upper,
        effects.is_relative_lift_unbounded,
        effects.confidence_level,
        effects.approximation_quality,
        effects.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        true as is_exploratory
    from effects
    left join validities
        on effects.experiment_id = validities.experiment_id and effects.population = validities.population

)

select * from final
