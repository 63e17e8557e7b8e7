with decomposition as (

    select * from {{ ref('int_experiments__click_decomposition') }}

),

{{ feedlift._validities() }},

final as (

    select
        decomposition.experiment_id,
        decomposition.population,
        decomposition.arm,
        decomposition.control_arm,
        decomposition.component,
        decomposition.unit_count,
        decomposition.control_unit_count,
        decomposition.arm_value,
        decomposition.control_value,
        decomposition.estimate,
        decomposition.estimate_se,
        decomposition.degrees_of_freedom,
        decomposition.estimate_lower,
        decomposition.estimate_upper,
        decomposition.p_value,
        decomposition.confidence_level,
        decomposition.approximation_quality,
        decomposition.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        decomposition.component <> 'total' as is_exploratory
    from decomposition
    left join validities
        on decomposition.experiment_id = validities.experiment_id and decomposition.population = validities.population

)

select * from final
