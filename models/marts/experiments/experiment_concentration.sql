with contrasts as (

    select * from {{ ref('int_experiments__concentration_contrasts') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where segment = 'all' and method = 'unadjusted'

),

{{ feedlift._validities() }},

final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.entity_type,
        contrasts.measure,
        contrasts.metric,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.impression_count,
        contrasts.control_impression_count,
        contrasts.entity_count,
        contrasts.shown_entity_count,
        contrasts.control_shown_entity_count,
        contrasts.top_entity_count,
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
        results.metric_role,
        results.non_inferiority_margin,
        results.margin_scale,
        results.non_inferiority_bound,
        results.is_non_inferior,
        contrasts.confidence_level,
        contrasts.approximation_quality,
        contrasts.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        coalesce(results.metric_role, 'none') not in ('primary', 'guardrail') as is_exploratory
    from contrasts
    left join results
        on
            contrasts.experiment_id = results.experiment_id
            and contrasts.population = results.population
            and contrasts.arm = results.arm
            and contrasts.metric = results.metric
    left join validities
        on contrasts.experiment_id = validities.experiment_id and contrasts.population = validities.population

)

select * from final
