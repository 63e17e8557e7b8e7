with effects as (

    select * from {{ ref('int_experiments__daily_effects') }}

),

cumulative_effects as (

    select * from {{ ref('int_experiments__contrasts_by_day') }}
    where method = 'unadjusted'

),

{{ feedlift._validities() }},

final as (

    select
        effects.experiment_id,
        effects.population,
        effects.metric,
        effects.effect_date,
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
        cumulative_effects.estimate as cumulative_estimate,
        cumulative_effects.estimate_lower as cumulative_estimate_lower,
        cumulative_effects.estimate_upper as cumulative_estimate_upper,
        validities.is_valid,
        validities.invalid_reason,
        true as is_exploratory
    from effects
    left join cumulative_effects
        on
            effects.experiment_id = cumulative_effects.experiment_id
            and effects.population = cumulative_effects.population
            and effects.metric = cumulative_effects.metric
            and effects.arm = cumulative_effects.arm
            and effects.effect_date = cumulative_effects.look_date
    left join validities
        on effects.experiment_id = validities.experiment_id and effects.population = validities.population

)

select * from final
