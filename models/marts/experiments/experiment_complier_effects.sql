with complier_contrasts as (

    select * from {{ ref('int_experiments__complier_contrasts') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where population = 'assigned' and segment = 'all' and method = 'unadjusted'

),

final as (

    select
        complier_contrasts.experiment_id,
        complier_contrasts.metric,
        complier_contrasts.arm,
        complier_contrasts.control_arm,
        complier_contrasts.unit_count,
        complier_contrasts.control_unit_count,
        complier_contrasts.arm_receipt_rate as compliance_rate,
        complier_contrasts.arm_value,
        complier_contrasts.control_value,
        complier_contrasts.itt_estimate,
        complier_contrasts.itt_estimate_se,
        complier_contrasts.itt_estimate_lower,
        complier_contrasts.itt_estimate_upper,
        complier_contrasts.complier_effect,
        complier_contrasts.complier_effect_se,
        complier_contrasts.complier_effect_lower,
        complier_contrasts.complier_effect_upper,
        complier_contrasts.is_complier_effect_unbounded,
        complier_contrasts.p_value,
        complier_contrasts.degrees_of_freedom,
        complier_contrasts.confidence_level,
        complier_contrasts.approximation_quality,
        complier_contrasts.null_reason,
        results.metric_role,
        results.is_valid,
        results.invalid_reason
    from complier_contrasts
    inner join results
        on
            complier_contrasts.experiment_id = results.experiment_id
            and complier_contrasts.metric = results.metric
            and complier_contrasts.arm = results.arm

)

select * from final
