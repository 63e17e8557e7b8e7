{#-
  Every arm against control, from the table of moments that unit_moments makes: the two values, their difference and
  its variance, unadjusted and, where covariates were given, adjusted by CUPED. contrast_tests makes tests and
  intervals of them.

  A mean is a ratio whose denominator is 1, so that one path serves all: per stratum and arm the metric is linearised
  around the arm's own ratio R of post-stratified means (delta method), l = (y - R d) / mean(d), and so is each
  covariate, k = (x - R_x w) / mean(w). With stratum weights W = n_stratum / n of the pair,
    var(R) = sum of W^2 var(l) / n,
    theta solves (sum of W^2 cov(k, k) / n) theta = sum of W^2 cov(k, l) / n, sums over both arms together,
    adjusted R = R - theta' (R_x - R_x of the pair),   adjusted variance = sum of W^2 var(l - theta' k) / n.
  A method is a choice of theta: 0 for the unadjusted estimate, the metric's own past alone for `cuped`, all covariates
  for `cuped_multivariate`. Without strata W is 1 and the unadjusted mean is the textbook Welch test.
-#}
{% macro arm_estimates(moments, keys, is_control, stratum=none, covariate_count=1) %}
  {%- set stand_in = feedlift._lint_stand_in('arm_estimates', []) -%}
  {%- if stand_in -%}{{ return("select " ~ stand_in ~ " as left_out from " ~ moments) }}{%- endif -%}
  {%- do feedlift._check_keys('arm_estimates', keys) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set parts = feedlift._moment_parts(covariate_count) | list -%}
  {%- set second_moments = feedlift._second_moments(parts) -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set columns = feedlift.estimate_columns() | reject('in', ['is_ratio', 'null_reason']) | list -%}
  {#- Per covariate its two variables and the end of its columns' names. -#}
  {%- set covariates = [] -%}
  {%- for part in parts[2:] if part.startswith('numerator') -%}
    {%- do covariates.append({
      'number': loop.index, 'x': part, 'w': part | replace('numerator', 'denominator')
    }) -%}
  {%- endfor -%}
with numbered_moments as (

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
        {%- for column in second_moments %}
        {{ column }},
        {%- endfor %}
        numerator_third_moment,
        row_number() over (
            partition by {{ (keys + ['arm']) | join(', ') }}, {{ stratum or "'all'" }} order by unit_count
        ) as row_of_arm
    from {{ moments }}

),

moments as (

    select * from numbered_moments
    where row_of_arm = 1

),

-- Rows finer than keys, stratum and arm would each meet every row of control: a product of units, and p-values of it.
repeated_arms as (

    select distinct
        {{ (keys + ['arm']) | join(', ') }},
        true as is_repeated
    from numbered_moments
    where row_of_arm > 1

),

uncompared_arms as (

    {{ feedlift._uncompared_arms('moments', keys) | indent(4) }}

),

{{ feedlift._weighted_pairs('moments', keys) }},

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
        {%- for column in second_moments %}
        moments.{{ column }},
        {%- endfor %}
        moments.numerator_third_moment
    {{ feedlift._sides_of_pairs('moments', keys) }}

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
        {{ feedlift._known_sum('weight * ' ~ part ~ '_mean') }} as {{ part }}_mean,
        {%- endfor %}
        {%- for part in parts[2:] %}
        sum(unit_count * {{ part }}_mean) as {{ part }}_total,
        {%- endfor %}
        {{ feedlift._known_sum('weight * numerator_third_moment') }} as numerator_third_moment,
        {{ feedlift._known_sum('weight * numerator_variance') }} as numerator_variance
    from strata
    group by {{ pair_keys | join(', ') }}, is_control_arm

),

pair_totals as (

    select
        *,
        {%- for part in parts[2:] %}
        sum({{ part }}_total) over (partition by {{ pair_keys | join(', ') }}) as pair_{{ part }}_total
        {{- ',' if not loop.last }}
        {%- endfor %}
    from sides

),

ratios as (

    select
        *,
        {{ feedlift._in_range('numerator_mean / nullif(denominator_mean, 0)') }} as ratio,
        {%- for covariate in covariates %}
        {%- set i = covariate.number %}
        {{ feedlift._in_range(covariate.x ~ '_mean / nullif(' ~ covariate.w ~ '_mean, 0)') }}
            as covariate_ratio_{{ i }},
        {{ feedlift._in_range('pair_' ~ covariate.x ~ '_total / nullif(pair_' ~ covariate.w ~ '_total, 0)') }}
            as pair_covariate_ratio_{{ i }},
        {%- endfor %}
        case
            when {{ feedlift._is_variance_in_range('numerator_variance') }}
                then numerator_third_moment / (numerator_variance * sqrt(numerator_variance))
        end as skewness
    from pair_totals

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
        {%- for covariate in covariates %}
        {%- set i, x, w = covariate.number, covariate.x, covariate.w %}
        {{ feedlift.delta_method_variance(
            'strata.' ~ x ~ '_variance', 'strata.' ~ w ~ '_variance', 'strata.' ~ x ~ '_' ~ w ~ '_covariance',
            'ratios.covariate_ratio_' ~ i, 'ratios.' ~ w ~ '_mean'
        ) }} as variance_{{ i }},
        (
            strata.numerator_{{ x }}_covariance
            - ratios.covariate_ratio_{{ i }} * strata.numerator_{{ w }}_covariance
            - ratios.ratio * strata.denominator_{{ x }}_covariance
            + ratios.ratio * ratios.covariate_ratio_{{ i }} * strata.denominator_{{ w }}_covariance
        ) / nullif(ratios.denominator_mean * ratios.{{ w }}_mean, 0) as outcome_covariance_{{ i }}
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(covariates) %},
        (
            strata.{{ first.x }}_{{ second.x }}_covariance
            - ratios.covariate_ratio_{{ second.number }} * strata.{{ first.x }}_{{ second.w }}_covariance
            - ratios.covariate_ratio_{{ first.number }} * strata.{{ first.w }}_{{ second.x }}_covariance
            + ratios.covariate_ratio_{{ first.number }} * ratios.covariate_ratio_{{ second.number }}
            * strata.{{ first.w }}_{{ second.w }}_covariance
        ) / nullif(ratios.{{ first.w }}_mean * ratios.{{ second.w }}_mean, 0)
            as covariance_{{ first.number }}_{{ second.number }}
        {%- endfor %}
    from strata
    inner join ratios
        on {{ feedlift._keys_match(pair_keys + ['is_control_arm'], 'strata', 'ratios') }}

),

-- What does not vary does not covary, whatever rounding leaves. A variance that has lost its digits is no divisor.
linearised as (

    select
        {{ pair_keys | join(', ') }},
        is_control_arm,
        weight,
        unit_count,
        share_of_pair,
        outcome_variance,
        {%- for covariate in covariates %}
        {%- set i = covariate.number %}
        case
            when variance_{{ i }} = 0 or {{ feedlift._is_variance_in_range('variance_' ~ i) }} then variance_{{ i }}
        end as covariance_{{ i }}_{{ i }},
        case when outcome_variance = 0 or variance_{{ i }} = 0 then 0e0 else outcome_covariance_{{ i }} end
            as outcome_covariance_{{ i }}
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(covariates | map(attribute='number')) %},
        case
            when variance_{{ first }} = 0 or variance_{{ second }} = 0 then 0e0 else covariance_{{ first }}_{{ second }}
        end as covariance_{{ first }}_{{ second }}
        {%- endfor %}
    from rounded

),

-- Where the outcome or a covariate is unknown for a part of the pair, the others' coefficient would shrink the standard
-- error of an estimate that it leaves as it was.
normal_equations as (

    select
        {{ pair_keys | join(', ') }},
        {%- for covariate in covariates %}
        {%- set i = covariate.number %}
        case
            when
                count(outcome_variance) = count(*)
                and count(outcome_covariance_{{ i }}) = count(*)
                and count(covariance_{{ i }}_{{ i }}) = count(*)
                then sum(weight * weight * outcome_covariance_{{ i }} / nullif(unit_count, 0))
        end as outcome_covariance_{{ i }},
        case
            when
                count(outcome_variance) = count(*)
                and count(outcome_covariance_{{ i }}) = count(*)
                and count(covariance_{{ i }}_{{ i }}) = count(*)
                then sum(weight * weight * covariance_{{ i }}_{{ i }} / nullif(unit_count, 0))
        end as covariance_{{ i }}_{{ i }}
        {{- ',' if not loop.last }}
        {%- endfor %}
        {%- for first, second in feedlift._pairs(covariates | map(attribute='number')) %},
        sum(weight * weight * covariance_{{ first }}_{{ second }} / nullif(unit_count, 0))
            as covariance_{{ first }}_{{ second }}
        {%- endfor %}
    from linearised
    group by {{ pair_keys | join(', ') }}

),

{%- if covariate_count > 1 %}
-- One coefficient per covariate, where the others are there too.
solved as (

    {{ feedlift._least_squares('normal_equations', pair_keys, covariate_count) | indent(4) }}

),

{% endif -%}
has_covariate as (

    select
        {{ pair_keys | join(', ') }},
        {%- for covariate in covariates %}
        max({{ covariate.x }}_mean) as covariate_{{ covariate.number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from strata
    group by {{ pair_keys | join(', ') }}

),

-- Without any variance in the covariate there is nothing to adjust by: theta is 0, not unknown.
methods as (

    select
        {{ pair_keys | join(', ') }},
        'unadjusted' as method,
        {%- for covariate in covariates %}
        0e0 as coefficient_{{ covariate.number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from normal_equations

    union all

    select
        {{ feedlift._key_columns(pair_keys, 'normal_equations') }},
        'cuped' as method,
        coalesce(
            normal_equations.outcome_covariance_1 / nullif(normal_equations.covariance_1_1, 0), 0e0
        ) as coefficient_1
        {%- for covariate in covariates[1:] %},
        0e0 as coefficient_{{ covariate.number }}
        {%- endfor %}
    from normal_equations
    inner join has_covariate
        on {{ feedlift._keys_match(pair_keys, 'normal_equations', 'has_covariate') }}
    where has_covariate.covariate_1 is not null
    {%- if covariate_count > 1 %}

    union all

    select
        {{ feedlift._key_columns(pair_keys, 'solved') }},
        'cuped_multivariate' as method,
        {%- for covariate in covariates %}
        solved.coefficient_{{ covariate.number }}{{ ',' if not loop.last }}
        {%- endfor %}
    from solved
    inner join has_covariate
        on {{ feedlift._keys_match(pair_keys, 'solved', 'has_covariate') }}
    where
        {%- for covariate in covariates[1:] %}
        {{ 'or ' if not loop.first }}has_covariate.covariate_{{ covariate.number }} is not null
        {%- endfor %}
    {%- endif %}

),

-- Of the adjustment theta' k only its variance and its covariance with the outcome matter. What is not adjusted by may
-- be unknown. The squares are what cancels where covariates resemble each other.
adjustments as (

    select
        {{ feedlift._key_columns(pair_keys, 'linearised') }},
        methods.method,
        {%- for covariate in covariates %}
        methods.coefficient_{{ covariate.number }},
        {%- endfor %}
        linearised.is_control_arm,
        linearised.weight,
        linearised.unit_count,
        linearised.share_of_pair,
        linearised.outcome_variance,
        {%- for covariate in covariates %}
        {%- set i = covariate.number %}
        {{ '+ ' if not loop.first }}case
            when methods.coefficient_{{ i }} = 0 then 0e0
            else methods.coefficient_{{ i }} * linearised.outcome_covariance_{{ i }}
        end
        {%- endfor %} as outcome_covariance,
        {%- for covariate in covariates %}
        {%- set i = covariate.number %}
        {{ '+ ' if not loop.first }}case
            when methods.coefficient_{{ i }} = 0 then 0e0
            else methods.coefficient_{{ i }} * methods.coefficient_{{ i }} * linearised.covariance_{{ i }}_{{ i }}
        end
        {%- endfor %} as sum_of_squares,
        {%- for first, second in feedlift._pairs(covariates | map(attribute='number')) %}
        {{ '+ ' if not loop.first }}case
            when methods.coefficient_{{ first }} = 0 or methods.coefficient_{{ second }} = 0 then 0e0
            else
                2 * methods.coefficient_{{ first }} * methods.coefficient_{{ second }}
                * linearised.covariance_{{ first }}_{{ second }}
        end
        {%- else %}
        0e0
        {%- endfor %} as sum_of_products
    from linearised
    inner join methods
        on {{ feedlift._keys_match(pair_keys, 'linearised', 'methods') }}

),

-- The adjusted values lean on the pair's mean covariate, which both arms make up: an arm's covariate stands in both
-- values, with the arm's share s in the other's and with 1 - s in its own. It cancels in the difference and not in the
-- lift, whose interval therefore takes the two values' own variances and their covariance.
adjusted_strata as (

    select
        {{ pair_keys | join(', ') }},
        method,
        is_control_arm,
        weight,
        unit_count,
        outcome_variance,
        {%- if covariate_count > 1 %}
        outcome_variance + sum_of_squares as variance_scale,
        sum(weight * weight * (outcome_variance + sum_of_squares) / nullif(unit_count, 0))
            over (partition by {{ pair_keys | join(', ') }}, method) as variance_scale_of_pair,
        {%- else %}
        outcome_variance as variance_scale,
        {%- endif %}
        outcome_variance - 2 * outcome_covariance + (sum_of_squares + sum_of_products) as adjusted_variance,
        outcome_variance
        - 2 * (1 - share_of_pair) * outcome_covariance
        + (1 - share_of_pair) * (1 - share_of_pair) * (sum_of_squares + sum_of_products) as own_variance,
        share_of_pair * share_of_pair * (sum_of_squares + sum_of_products) as variance_in_other_arm,
        share_of_pair * (
            outcome_covariance - (1 - share_of_pair) * (sum_of_squares + sum_of_products)
        ) as covariance_of_arms
    from adjustments

),

-- Where the covariates explain a metric whole, rounding leaves 1e-16 of the variance, or -1e-16: a p-value of nothing.
-- Where they explain one arm whole, and the other does not vary, what is left of the coefficients is rounding too.
variances_of_mean as (

    select
        {{ pair_keys | join(', ') }},
        method,
        is_control_arm,
        unit_count,
        weight * weight * case
            when adjusted_variance <= 1e-13 * variance_scale then 0e0
            {%- if covariate_count > 1 %}
            when weight * weight * adjusted_variance / nullif(unit_count, 0) <= 1e-20 * variance_scale_of_pair then 0e0
            {%- endif %}
            else adjusted_variance
        end / nullif(unit_count, 0) as variance_of_mean,
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
        is_control_arm,
        {%- for column in [
            'variance_of_mean', 'unadjusted_variance_of_mean', 'own_variance_of_value', 'variance_of_other_value',
            'covariance_of_values',
        ] %}
        {{ feedlift._known_sum(column) }} as {{ column }},
        {%- endfor %}
        sum(variance_of_mean * variance_of_mean / nullif(unit_count - 1, 0)) as degrees_of_freedom_part
    from variances_of_mean
    group by {{ pair_keys | join(', ') }}, method, is_control_arm

),

{%- set adjustments = [] -%}
{%- for covariate in covariates -%}
  {%- set i = covariate.number -%}
  {%- do adjustments.append(
    'methods.coefficient_' ~ i ~ ' * coalesce(ratios.covariate_ratio_' ~ i ~ ' - ratios.pair_covariate_ratio_' ~ i
    ~ ', 0e0)'
  ) -%}
{%- endfor -%}
{%- set adjusted_value = '(ratios.ratio - ' ~ adjustments | join(' - ') ~ ')' %}
-- Where the covariate explains an arm's value whole, rounding leaves 1e-17 of it: a lift of 1e16. Values so small that
-- their squares are zero have no variance either, and it is not theirs.
side_results as (

    select
        {{ feedlift._key_columns(pair_keys, 'ratios') }},
        ratios.is_control_arm,
        adjusted_sides.method,
        case when adjusted_sides.method <> 'cuped_multivariate' then methods.coefficient_1 end as cuped_coefficient,
        ratios.unit_count,
        ratios.smallest_stratum_unit_count,
        ratios.nonzero_unit_count,
        ratios.skewness,
        ratios.ratio_indicator = 1 as is_ratio,
        ratios.denominator_mean,
        ratios.nonzero_unit_count > 0
        and abs(ratios.ratio) < 1e-70
        and adjusted_sides.unadjusted_variance_of_mean = 0 as has_vanished,
        case
            when
                abs({{ adjusted_value }}) > 1e-14 * (
                    abs(ratios.ratio)
                    {%- for adjustment in adjustments %}
                    + abs({{ adjustment }})
                    {%- endfor %}
                )
                then {{ adjusted_value }}
            when ratios.ratio is not null then 0e0
        end as side_value,
        adjusted_sides.variance_of_mean,
        adjusted_sides.degrees_of_freedom_part,
        adjusted_sides.unadjusted_variance_of_mean,
        adjusted_sides.own_variance_of_value,
        adjusted_sides.variance_of_other_value,
        adjusted_sides.covariance_of_values
    from ratios
    inner join adjusted_sides
        on {{ feedlift._keys_match(pair_keys + ['is_control_arm'], 'ratios', 'adjusted_sides') }}
    inner join methods
        on {{ feedlift._keys_match(pair_keys + ['method'], 'adjusted_sides', 'methods') }}

),

differences as (

    select
        {{ feedlift._key_columns(pair_keys + ['method'], 'treated') }},
        treated.is_ratio,
        treated.cuped_coefficient,
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
            when
                treated.side_value is null
                or control.side_value is null
                or not coalesce(
                    treated.unadjusted_variance_of_mean + control.unadjusted_variance_of_mean <= 1e140, false
                )
                then 'out_of_range'
            when
                treated.variance_of_mean + control.variance_of_mean = 0
                and not treated.has_vanished
                and not control.has_vanished
                then 'zero_variance'
            when
                not {{ feedlift._is_variance_in_range('treated.variance_of_mean + control.variance_of_mean') }}
                then 'out_of_range'
        end as null_reason
    from side_results as treated
    inner join side_results as control
        on {{ feedlift._keys_match(pair_keys + ['method'], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

contrasts as (

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

),

final as (

    select
        {{ feedlift._key_columns(pair_keys + ['method', 'is_ratio'], 'contrasts') }},
        {%- for column in columns %}
        case when arms.is_repeated is null and controls.is_repeated is null then contrasts.{{ column }} end
            as {{ column }},
        {%- endfor %}
        case
            when arms.is_repeated is null and controls.is_repeated is null then contrasts.null_reason
            else 'several_rows_of_an_arm'
        end as null_reason
    from contrasts
    left join repeated_arms as arms
        on {{ feedlift._keys_match(keys + ['arm'], 'contrasts', 'arms') }}
    left join repeated_arms as controls
        on
            {%- for key in keys %}
            {{ feedlift.is_same('contrasts.' ~ key, 'controls.' ~ key) }} and
            {%- endfor %}
            contrasts.control_arm = controls.arm

    union all

    {{ feedlift._uncompared_estimates(keys, columns) | indent(4) }}

)

select * from final
{% endmacro %}
