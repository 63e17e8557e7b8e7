with ladder as (

    select * from {{ ref('int_experiments__exposure_ladder') }}

),

{{ feedlift._validities() }},

final as (

    select
        ladder.experiment_id,
        ladder.population,
        ladder.arm,
        ladder.control_arm,
        ladder.surface,
        ladder.module,
        ladder.rung,
        ladder.rung_number,
        ladder.previous_rung,
        ladder.user_count,
        ladder.control_user_count,
        ladder.event_count,
        ladder.control_event_count,
        ladder.rate_from_previous,
        ladder.control_rate_from_previous,
        ladder.estimate,
        ladder.estimate_se,
        ladder.degrees_of_freedom,
        ladder.estimate_lower,
        ladder.estimate_upper,
        ladder.p_value,
        ladder.confidence_level,
        ladder.approximation_quality,
        ladder.test_family,
        ladder.family_size,
        ladder.p_value_holm,
        ladder.null_reason,
        validities.invalid_reason,
        true as is_exploratory,
        validities.invalid_reason is null as is_valid
    from ladder
    left join validities
        on ladder.experiment_id = validities.experiment_id and ladder.population = validities.population

)

select * from final
