with contrasts as (

    select * from {{ ref('int_experiments__definition_contrasts') }}

),

{{ feedlift._validities() }},

final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.definition,
        contrasts.is_configured_definition,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.degrees_of_freedom,
        contrasts.estimate_lower,
        contrasts.estimate_upper,
        contrasts.p_value,
        contrasts.relative_lift,
        contrasts.relative_lift_lower,
        contrasts.relative_lift_upper,
        contrasts.is_relative_lift_unbounded,
        contrasts.confidence_level,
        contrasts.conclusion,
        contrasts.agrees_with_configured_definition,
        contrasts.approximation_quality,
        contrasts.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        not contrasts.is_configured_definition as is_exploratory
    from contrasts
    left join validities
        on contrasts.experiment_id = validities.experiment_id and contrasts.population = validities.population

)

select * from final
