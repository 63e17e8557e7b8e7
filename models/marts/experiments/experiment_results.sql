with contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}

),

sequential_tests as (

    select * from {{ ref('int_experiments__sequential_tests') }}

),

caps as (

    select * from {{ ref('int_experiments__winsorisation_caps') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

non_inferiority_tests as (

    select * from {{ ref('int_experiments__non_inferiority_tests') }}

),

adjusted_p_values as (

    select * from {{ ref('int_experiments__adjusted_p_values') }}

),

posteriors as (

    select * from {{ ref('int_experiments__posteriors') }}

),

{{ feedlift._validities() }},

final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.segment,
        contrasts.segment_value,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
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
        contrasts.cuped_coefficient,
        contrasts.variance_reduction,
        caps.cap as winsorisation_cap,
        contrasts.confidence_level,
        contrasts.alternative,
        contrasts.approximation_quality,
        adjusted_p_values.test_family,
        adjusted_p_values.family_size,
        adjusted_p_values.p_value_holm,
        adjusted_p_values.p_value_bonferroni,
        adjusted_p_values.p_value_benjamini_hochberg,
        non_inferiority_tests.non_inferiority_margin,
        non_inferiority_tests.margin_scale,
        non_inferiority_tests.non_inferiority_bound,
        non_inferiority_tests.non_inferiority_p_value,
        non_inferiority_tests.is_non_inferior,
        posteriors.chance_to_beat_control,
        posteriors.expected_loss,
        posteriors.posterior_mean,
        posteriors.credible_lower,
        posteriors.credible_upper,
        posteriors.posterior_null_reason,
        validities.invalid_reason,
        contrasts.null_reason,
        sequential_tests.sequential_lower,
        sequential_tests.sequential_upper,
        sequential_tests.sequential_p_value,
        sequential_tests.sequential_relative_lift_lower,
        sequential_tests.sequential_relative_lift_upper,
        sequential_tests.sequential_null_reason,
        metric_roles.metric_role,
        metric_roles.desired_direction,
        validities.invalid_reason is null as is_valid
    from contrasts
    left join sequential_tests
        on
            contrasts.experiment_id = sequential_tests.experiment_id
            and contrasts.population = sequential_tests.population
            and contrasts.metric = sequential_tests.metric
            and contrasts.segment = sequential_tests.segment
            and contrasts.segment_value = sequential_tests.segment_value
            and contrasts.arm = sequential_tests.arm
            and contrasts.method = sequential_tests.method
    left join caps
        on
            contrasts.method in ('winsorised', 'winsorised_cuped')
            and contrasts.experiment_id = caps.experiment_id
            and contrasts.population = caps.population
            and contrasts.metric = caps.metric
    left join metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric
    left join adjusted_p_values
        on
            contrasts.experiment_id = adjusted_p_values.experiment_id
            and contrasts.population = adjusted_p_values.population
            and contrasts.metric = adjusted_p_values.metric
            and contrasts.segment = adjusted_p_values.segment
            and contrasts.segment_value = adjusted_p_values.segment_value
            and contrasts.arm = adjusted_p_values.arm
            and contrasts.method = adjusted_p_values.method
    left join non_inferiority_tests
        on
            contrasts.experiment_id = non_inferiority_tests.experiment_id
            and contrasts.population = non_inferiority_tests.population
            and contrasts.metric = non_inferiority_tests.metric
            and contrasts.segment = non_inferiority_tests.segment
            and contrasts.segment_value = non_inferiority_tests.segment_value
            and contrasts.arm = non_inferiority_tests.arm
            and contrasts.method = non_inferiority_tests.method
    left join posteriors
        on
            contrasts.experiment_id = posteriors.experiment_id
            and contrasts.population = posteriors.population
            and contrasts.metric = posteriors.metric
            and contrasts.segment = posteriors.segment
            and contrasts.segment_value = posteriors.segment_value
            and contrasts.arm = posteriors.arm
            and contrasts.method = posteriors.method
    left join validities
        on contrasts.experiment_id = validities.experiment_id and contrasts.population = validities.population

)

select * from final
