with ctr_by_grain as (

    select * from {{ ref('int_experiments__ctr_by_grain') }}

),

{{ feedlift._validities() }},

final as (

    select
        ctr_by_grain.experiment_id,
        ctr_by_grain.population,
        ctr_by_grain.arm,
        ctr_by_grain.control_arm,
        ctr_by_grain.grain,
        ctr_by_grain.stratum,
        ctr_by_grain.unit_count,
        ctr_by_grain.control_unit_count,
        ctr_by_grain.arm_value,
        ctr_by_grain.control_value,
        ctr_by_grain.estimate,
        ctr_by_grain.estimate_se,
        ctr_by_grain.degrees_of_freedom,
        ctr_by_grain.estimate_lower,
        ctr_by_grain.estimate_upper,
        ctr_by_grain.p_value,
        ctr_by_grain.relative_lift,
        ctr_by_grain.relative_lift_lower,
        ctr_by_grain.relative_lift_upper,
        ctr_by_grain.is_relative_lift_unbounded,
        ctr_by_grain.confidence_level,
        ctr_by_grain.approximation_quality,
        ctr_by_grain.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        ctr_by_grain.grain <> 'ratio_of_totals' as is_exploratory
    from ctr_by_grain
    left join validities
        on ctr_by_grain.experiment_id = validities.experiment_id and ctr_by_grain.population = validities.population

)

select * from final
