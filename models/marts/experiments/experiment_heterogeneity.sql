with heterogeneity as (

    select * from {{ ref('int_experiments__heterogeneity') }}

),

{{ feedlift._validities() }},

final as (

    select
        heterogeneity.experiment_id,
        heterogeneity.population,
        heterogeneity.metric,
        heterogeneity.segment,
        heterogeneity.arm,
        heterogeneity.control_arm,
        heterogeneity.method,
        heterogeneity.metric_role,
        heterogeneity.segment_value_count,
        heterogeneity.tested_value_count,
        heterogeneity.pooled_estimate,
        heterogeneity.cochran_q,
        heterogeneity.degrees_of_freedom,
        heterogeneity.p_value,
        heterogeneity.test_family,
        heterogeneity.family_size,
        heterogeneity.p_value_benjamini_hochberg,
        heterogeneity.i_squared,
        heterogeneity.lowest_estimate,
        heterogeneity.lowest_segment_value,
        heterogeneity.highest_estimate,
        heterogeneity.highest_segment_value,
        heterogeneity.has_opposite_effects,
        heterogeneity.confidence_level,
        heterogeneity.approximation_quality,
        heterogeneity.null_reason,
        validities.is_valid,
        validities.invalid_reason
    from heterogeneity
    left join validities
        on heterogeneity.experiment_id = validities.experiment_id and heterogeneity.population = validities.population

)

select * from final
