{#-
  Every arm against control, from the table of moments that unit_moments makes: the two values, their difference and
  its variance, unadjusted and, where covariates were given, adjusted by CUPED. contrast_tests makes tests and
  intervals of them.

  A mean is a ratio whose denominator is 1, so that one path serves all: per stratum and arm the metric is linearised
  around the arm's own ratio R of post-stratified means (delta method), l = (y - R d) / mean(d), and so is the
  covariate, k = (x - R_x w) / mean(w). With stratum weights W = n_stratum / n of the pair,
    var(R) = sum of W^2 var(l) / n,   theta = sum of W^2 cov(l, k) / n over sum of W^2 var(k) / n, both arms together,
    adjusted R = R - theta (R_x - R_x of the pair),   adjusted variance = sum of W^2 var(l - theta k) / n.
  Without strata W is 1 and the unadjusted mean is the textbook Welch test.
-#}
{% macro arm_estimates(moments, keys, is_control, stratum=none) %}
  {%- set double = feedlift.data_type('double') -%}
  {%- set parts = ['numerator', 'denominator', 'numerator_covariate', 'denominator_covariate'] -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set carried = ['numerator_variance', 'numerator_third_moment', 'denominator_variance',
    'numerator_covariate_variance', 'denominator_covariate_variance', 'numerator_denominator_covariance',
    'numerator_numerator_covariate_covariance', 'numerator_denominator_covariate_covariance',
    'denominator_numerator_covariate_covariance', 'denominator_denominator_covariate_covariance',
    'numerator_covariate_denominator_covariate_covariance'] -%}
with moments as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ stratum or "'all'" }} as stratum,
        {{ is_control }} as is_control_arm,
        is_ratio,
        unit_count,
        nonzero_unit_count,
        {%- for part in parts %}
        {{ part }}_mean,
        {%- endfor %}
        {%- for column in carried %}
        {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ moments }}

),

-- A stratum that lacks one of the two arms, or every known outcome of one, offers no comparison and is left out, in
-- both arms.
pairs as (

    select
        {{ feedlift._key_columns(keys + ['arm'], 'treated') }},
        control.arm as control_arm,
        treated.stratum,
        case
            when treated.unit_count > 0 and control.unit_count > 0 then treated.unit_count + control.unit_count else 0
        end as pair_unit_count
    from moments as treated
    inner join moments as control
        on {{ feedlift._keys_match(keys + ['stratum'], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

weighted_pairs as (

    select
        *,
        cast(pair_unit_count as {{ double }})
        / nullif(sum(pair_unit_count) over (partition by {{ pair_keys | join(', ') }}), 0) as weight
    from pairs

),

strata as (

    select
        {{ feedlift._key_columns(pair_keys, 'weighted_pairs') }},
        weighted_pairs.weight,
        moments.is_control_arm,
        moments.is_ratio,
        cast(moments.unit_count as {{ double }}) as unit_count,
        cast(moments.unit_count as {{ double }}) / nullif(weighted_pairs.pair_unit_count, 0) as share_of_pair,
        moments.nonzero_unit_count,
        {%- for part in parts %}
        moments.{{ part }}_mean,
        {%- endfor %}
        {%- for column in carried %}
        moments.{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted_pairs
    inner join moments
        on
            {{ feedlift._keys_match(keys + ['stratum'], 'weighted_pairs', 'moments') }}
            and (
                (weighted_pairs.arm = moments.arm and not moments.is_control_arm)
                or (weighted_pairs.control_arm = moments.arm and moments.is_control_arm)
            )
    where weighted_pairs.weight is null or weighted_pairs.weight > 0

),

sides as (

    select
        {{ pair_keys | join(', ') }},
        is_control_arm,
        sum(unit_count) as unit_count,
        min(unit_count) as smallest_stratum_unit_count,
        sum(nonzero_unit_count) as nonzero_unit_count,
        max(case when is_ratio then 1 else 0 end) as ratio_indicator,
        {%- for part in parts %}
        sum(weight * {{ part }}_mean) as {{ part }}_mean,
        {%- endfor %}
        sum(unit_count * numerator_covariate_mean) as numerator_covariate_total,
        sum(unit_count * denominator_covariate_mean) as denominator_covariate_total,
        sum(weight * numerator_third_moment) as numerator_third_moment,
        sum(weight * numerator_variance) as numerator_variance
    from strata
    group by {{ pair_keys | join(', ') }}, is_control_arm

),

ratios as (

    select
        *,
        numerator_mean / nullif(denominator_mean, 0) as ratio,
        numerator_covariate_mean / nullif(denominator_covariate_mean, 0) as covariate_ratio,
        sum(numerator_covariate_total) over (partition by {{ pair_keys | join(', ') }})
        / nullif(sum(denominator_covariate_total) over (partition by {{ pair_keys | join(', ') }}), 0)
            as pair_covariate_ratio,
        numerator_third_moment / nullif(numerator_variance * sqrt(numerator_variance), 0) as skewness
    from sides

),

rounded as (

    select
        {{ feedlift._key_columns(pair_keys, 'strata') }},
        strata.is_control_arm,
        strata.weight,
        strata.unit_count,
        strata.share_of_pair,
        {{ feedlift.delta_method_variance(
            'strata.numerator_variance', 'strata.denominator_variance', 'strata.numerator_denominator_covariance',
            'ratios.ratio', 'ratios.denominator_mean'
        ) }} as outcome_variance,
        {{ feedlift.delta_method_variance(
            'strata.numerator_covariate_variance', 'strata.denominator_covariate_variance',
            'strata.numerator_covariate_denominator_covariate_covariance',
            'ratios.covariate_ratio', 'ratios.denominator_covariate_mean'
        ) }} as covariate_variance,
        (
            strata.numerator_numerator_covariate_covariance
            - ratios.covariate_ratio * strata.numerator_denominator_covariate_covariance
            - ratios.ratio * strata.denominator_numerator_covariate_covariance
            + ratios.ratio * ratios.covariate_ratio * strata.denominator_denominator_covariate_covariance
        ) / nullif(ratios.denominator_mean * ratios.denominator_covariate_mean, 0) as outcome_covariate_covariance
    from strata
    inner join ratios
        on {{ feedlift._keys_match(pair_keys + ['is_control_arm'], 'strata', 'ratios') }}

),

-- What does not vary does not covary, whatever rounding leaves.
linearised as (

    select
        {{ pair_keys | join(', ') }},
        is_control_arm,
        weight,
        unit_count,
        share_of_pair,
        outcome_variance,
        covariate_variance,
        case
            when outcome_variance = 0 or covariate_variance = 0 then 0e0 else outcome_covariate_covariance
        end as outcome_covariate_covariance
    from rounded

),

-- Where the covariate is unknown for a part of the pair, the others' coefficient would shrink the standard error of an
-- estimate that it leaves as it was.
coefficients as (

    select
        {{ pair_keys | join(', ') }},
        case
            when count(outcome_covariate_covariance) = count(*) and count(covariate_variance) = count(*)
                then
                    sum(weight * weight * outcome_covariate_covariance / nullif(unit_count, 0))
                    / nullif(sum(weight * weight * covariate_variance / nullif(unit_count, 0)), 0)
        end as cuped_coefficient
    from linearised
    group by {{ pair_keys | join(', ') }}

),

has_covariate as (

    select distinct
        {{ pair_keys | join(', ') }}
    from strata
    where numerator_covariate_mean is not null

),

-- Without any variance in the covariate there is nothing to adjust by: theta is 0, not unknown.
methods as (

    select
        {{ pair_keys | join(', ') }},
        'unadjusted' as method,
        0e0 as coefficient
    from coefficients

    union all

    select
        {{ feedlift._key_columns(pair_keys, 'coefficients') }},
        'cuped' as method,
        coalesce(coefficients.cuped_coefficient, 0e0) as coefficient
    from coefficients
    inner join has_covariate
        on {{ feedlift._keys_match(pair_keys, 'coefficients', 'has_covariate') }}

),

-- The adjusted values lean on the pair's mean covariate, which both arms make up: an arm's covariate stands in both
-- values, with the arm's share s in the other's and with 1 - s in its own. It cancels in the difference and not in the
-- lift, whose interval therefore takes the two values' own variances and their covariance.
adjusted_strata as (

    select
        {{ feedlift._key_columns(pair_keys, 'linearised') }},
        methods.method,
        methods.coefficient,
        linearised.is_control_arm,
        linearised.weight,
        linearised.unit_count,
        linearised.outcome_variance,
        case
            when methods.coefficient = 0 then linearised.outcome_variance
            else
                linearised.outcome_variance
                - 2 * methods.coefficient * linearised.outcome_covariate_covariance
                + methods.coefficient * methods.coefficient * linearised.covariate_variance
        end as adjusted_variance,
        case
            when methods.coefficient = 0 then linearised.outcome_variance
            else
                linearised.outcome_variance
                - 2 * methods.coefficient * (1 - linearised.share_of_pair) * linearised.outcome_covariate_covariance
                + methods.coefficient * methods.coefficient
                * (1 - linearised.share_of_pair) * (1 - linearised.share_of_pair) * linearised.covariate_variance
        end as own_variance,
        case
            when methods.coefficient = 0 then 0e0
            else
                methods.coefficient * methods.coefficient
                * linearised.share_of_pair * linearised.share_of_pair * linearised.covariate_variance
        end as variance_in_other_arm,
        case
            when methods.coefficient = 0 then 0e0
            else
                methods.coefficient * linearised.share_of_pair * (
                    linearised.outcome_covariate_covariance
                    - methods.coefficient * (1 - linearised.share_of_pair) * linearised.covariate_variance
                )
        end as covariance_of_arms
    from linearised
    inner join methods
        on {{ feedlift._keys_match(pair_keys, 'linearised', 'methods') }}

),

-- Where the covariate explains a metric whole, rounding leaves 1e-16 of the variance, or -1e-16: a p-value of nothing.
variances_of_mean as (

    select
        {{ pair_keys | join(', ') }},
        method,
        coefficient,
        is_control_arm,
        unit_count,
        weight * weight * case when adjusted_variance <= 1e-13 * outcome_variance then 0e0 else adjusted_variance end
        / nullif(unit_count, 0) as variance_of_mean,
        weight * weight * outcome_variance / nullif(unit_count, 0) as unadjusted_variance_of_mean,
        weight * weight * own_variance / nullif(unit_count, 0) as own_variance_of_value,
        weight * weight * variance_in_other_arm / nullif(unit_count, 0) as variance_of_other_value,
        weight * weight * covariance_of_arms / nullif(unit_count, 0) as covariance_of_values
    from adjusted_strata

),

adjusted_sides as (

    select
        {{ pair_keys | join(', ') }},
        method,
        coefficient,
        is_control_arm,
        sum(variance_of_mean) as variance_of_mean,
        sum(variance_of_mean * variance_of_mean / nullif(unit_count - 1, 0)) as degrees_of_freedom_part,
        sum(unadjusted_variance_of_mean) as unadjusted_variance_of_mean,
        sum(own_variance_of_value) as own_variance_of_value,
        sum(variance_of_other_value) as variance_of_other_value,
        sum(covariance_of_values) as covariance_of_values
    from variances_of_mean
    group by {{ pair_keys | join(', ') }}, method, coefficient, is_control_arm

),

side_results as (

    select
        {{ feedlift._key_columns(pair_keys, 'ratios') }},
        ratios.is_control_arm,
        adjusted_sides.method,
        adjusted_sides.coefficient,
        ratios.unit_count,
        ratios.smallest_stratum_unit_count,
        ratios.nonzero_unit_count,
        ratios.skewness,
        ratios.ratio_indicator = 1 as is_ratio,
        ratios.denominator_mean,
        ratios.ratio
        - adjusted_sides.coefficient
        * coalesce(ratios.covariate_ratio - ratios.pair_covariate_ratio, 0e0) as side_value,
        adjusted_sides.variance_of_mean,
        adjusted_sides.degrees_of_freedom_part,
        adjusted_sides.unadjusted_variance_of_mean,
        adjusted_sides.own_variance_of_value,
        adjusted_sides.variance_of_other_value,
        adjusted_sides.covariance_of_values
    from ratios
    inner join adjusted_sides
        on {{ feedlift._keys_match(pair_keys + ['is_control_arm'], 'ratios', 'adjusted_sides') }}

),

differences as (

    select
        {{ feedlift._key_columns(pair_keys + ['method'], 'treated') }},
        treated.is_ratio,
        treated.coefficient as cuped_coefficient,
        cast(treated.unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control.unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        treated.nonzero_unit_count,
        control.nonzero_unit_count as control_nonzero_unit_count,
        treated.skewness,
        control.skewness as control_skewness,
        treated.side_value as arm_value,
        control.side_value as control_value,
        treated.side_value - control.side_value as estimate,
        treated.variance_of_mean as arm_variance,
        control.variance_of_mean as control_variance,
        treated.unadjusted_variance_of_mean + control.unadjusted_variance_of_mean as unadjusted_variance,
        (treated.variance_of_mean + control.variance_of_mean) * (treated.variance_of_mean + control.variance_of_mean)
        / nullif(treated.degrees_of_freedom_part + control.degrees_of_freedom_part, 0) as degrees_of_freedom,
        treated.own_variance_of_value + control.variance_of_other_value as arm_value_variance,
        control.own_variance_of_value + treated.variance_of_other_value as control_value_variance,
        treated.covariance_of_values + control.covariance_of_values as covariance_of_values,
        case
            when treated.unit_count = 0 or control.unit_count = 0 then 'not_logged'
            when treated.denominator_mean = 0 or control.denominator_mean = 0 then 'zero_denominator'
            when treated.smallest_stratum_unit_count < 2 or control.smallest_stratum_unit_count < 2
                then 'fewer_than_two_units'
            when treated.variance_of_mean + control.variance_of_mean = 0 then 'zero_variance'
        end as null_reason
    from side_results as treated
    inner join side_results as control
        on {{ feedlift._keys_match(pair_keys + ['method'], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

-- A sum over strata passes over the unknown variance of a stratum of one; the reason does not.
final as (

    select
        {{ (pair_keys + ['method']) | join(', ') }},
        is_ratio,
        cuped_coefficient,
        unit_count,
        control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        skewness,
        control_skewness,
        arm_value,
        control_value,
        estimate,
        {%- for column in [
            'arm_variance', 'control_variance', 'unadjusted_variance', 'arm_value_variance', 'control_value_variance',
            'covariance_of_values',
        ] %}
        case when null_reason is null or null_reason = 'zero_variance' then {{ column }} end as {{ column }},
        {%- endfor %}
        case when null_reason is null then degrees_of_freedom end as degrees_of_freedom,
        null_reason
    from differences

)

select * from final
{% endmacro %}
