with results as (

    select * from {{ ref('experiment_results') }}

),

broken_rules as (

    select
        experiment_id,
        population,
        metric,
        segment,
        segment_value,
        arm,
        method,
        case
            when p_value not between 0 and 1 then 'p_value lies outside 0 and 1'
            when estimate_se < 0 then 'estimate_se is negative'
            -- Percentiles of a biased bootstrap may pass the estimate by.
            when not (estimate_lower <= estimate and estimate <= estimate_upper) and method <> 'poisson_bootstrap'
                then 'the estimate lies outside its interval'
            when
                not (relative_lift_lower <= relative_lift and relative_lift <= relative_lift_upper)
                and method <> 'poisson_bootstrap'
                then 'the relative lift lies outside its interval'
            when abs(arm_value - control_value - estimate) > 1e-12 * (1 + abs(estimate))
                then 'the estimate is not the difference of the two values'
            when abs(relative_lift * control_value - estimate) > 1e-12 * (1 + abs(estimate))
                then 'the relative lift is not the estimate over the control value'
            when method = 'unadjusted' and (cuped_coefficient <> 0 or variance_reduction <> 0)
                then 'an unadjusted row is adjusted'
            -- Theta minimises the variance, so that the adjustment can cost nothing but rounding. Strata do not: where
            -- they tell nothing, smaller groups have a larger variance.
            when variance_reduction > 1 or (variance_reduction < -1e-9 and method <> 'post_stratified')
                then 'variance_reduction lies outside 0 and 1'
            when null_reason is null and (p_value is null or estimate_lower is null or estimate_upper is null)
                then 'figures are null without a reason'
            when null_reason is not null and p_value is not null then 'there is a reason for nulls and a p_value'
            when is_relative_lift_unbounded and (relative_lift_lower is not null or relative_lift_upper is not null)
                then 'an unbounded interval has an end'
            when not (
                p_value <= p_value_benjamini_hochberg
                and p_value_benjamini_hochberg <= p_value_holm
                and p_value_holm <= p_value_bonferroni
                and p_value_bonferroni <= 1
                and p_value_bonferroni <= p_value * family_size * (1 + 1e-12)
            ) then 'the corrected p-values are not in their order'
            when (p_value is null) <> (p_value_holm is null) then 'a test is not corrected, or a correction has no test'
            when (non_inferiority_margin is null) <> (margin_scale is null) then 'a margin has no scale'
            when is_non_inferior and (non_inferiority_p_value is null or non_inferiority_margin is null)
                then 'a guardrail passes that was not tested'
            when (posterior_null_reason is null) <> (credible_lower is not null)
                then 'the posterior contradicts posterior_null_reason'
            when chance_to_beat_control not between 0 and 1 then 'chance_to_beat_control lies outside 0 and 1'
            when expected_loss < 0 then 'expected_loss is negative'
            when not (credible_lower <= posterior_mean and posterior_mean <= credible_upper)
                then 'the posterior mean lies outside its interval'
            when (invalid_reason is null) <> is_valid then 'is_valid contradicts invalid_reason'
        end as broken_rule
    from results

)

select *
from broken_rules
where broken_rule is not null
