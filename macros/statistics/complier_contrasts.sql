{#-
  The effect on those who take what they are assigned to, from moments of the outcome y and of D, 1 where a unit
  received the treatment: assignment as an instrument. Wald's estimate is the intention-to-treat effect over the
  difference in receipt; its interval is the set of effects tau for which (difference of y) - tau (difference of D) is
  within t standard errors of zero, with the t of the intention-to-treat test, so that it excludes 0 exactly when that
  test rejects (Anderson and Rubin 1949; Fieller 1954).
  A delta-method interval would be too short where few receive.
-#}
{% macro complier_contrasts(moments, keys, is_control, stratum=none, confidence_level=none) %}
  {%- do feedlift._check_keys('complier_contrasts', keys) -%}
  {%- set confidence = feedlift._confidence('complier_contrasts', confidence_level) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set parts = feedlift._moment_parts() | list -%}
with moments as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ stratum or "'all'" }} as stratum,
        {{ is_control }} as is_control_arm,
        unit_count,
        nonzero_unit_count,
        numerator_mean,
        numerator_variance,
        numerator_third_moment,
        denominator_mean as receipt_mean,
        denominator_variance as receipt_variance,
        numerator_denominator_covariance as outcome_receipt_covariance
    from {{ moments }}

),

outcome_moments as (

    select
        {{ (keys + ['arm', 'stratum']) | join(', ') }},
        is_control_arm,
        false as is_ratio,
        unit_count,
        nonzero_unit_count,
        {%- for part in parts %}
        {%- set constant = {
            'denominator': '1e0', 'denominator_covariate': '1e0', 'numerator_covariate': 'cast(null as ' ~ double ~ ')',
        }.get(part) %}
        {{ constant ~ ' as ' if constant }}{{ part }}_mean,
        {%- endfor %}
        {%- for column in feedlift._second_moments(parts) %}
        {{ '0e0 as ' if column != 'numerator_variance' }}{{ column }},
        {%- endfor %}
        numerator_third_moment
    from moments

),

outcome_estimates as (

    {{ feedlift.arm_estimates('outcome_moments', keys, 'is_control_arm', 'stratum') | indent(4) }}

),

outcome_tests as (

    {{ feedlift.contrast_tests('outcome_estimates', confidence) | indent(4) }}

),

-- The strata and weights of arm_estimates: the difference in receipt is that of the units of the outcome's.
pairs as (

    select
        {{ feedlift._key_columns(keys + ['arm'], 'treated') }},
        control.arm as control_arm,
        cast(treated.unit_count + control.unit_count as {{ double }}) as pair_unit_count,
        cast(treated.unit_count as {{ double }}) as arm_unit_count,
        treated.receipt_mean as arm_receipt_mean,
        control.receipt_mean as control_receipt_mean,
        treated.receipt_variance / treated.unit_count + control.receipt_variance / control.unit_count
            as variance_of_receipt,
        treated.outcome_receipt_covariance / treated.unit_count
        + control.outcome_receipt_covariance / control.unit_count as covariance_with_receipt
    from moments as treated
    inner join moments as control
        on {{ feedlift._keys_match(keys + ['stratum'], 'treated', 'control') }}
    where
        control.is_control_arm
        and not treated.is_control_arm
        and treated.unit_count > 0
        and control.unit_count > 0

),

weighted_pairs as (

    select
        *,
        pair_unit_count / sum(pair_unit_count) over (partition by {{ pair_keys | join(', ') }}) as weight
    from pairs

),

receipts as (

    select
        {{ pair_keys | join(', ') }},
        {%- for column, term in {
            'arm_receipt_count': 'arm_unit_count * arm_receipt_mean',
            'arm_receipt_rate': 'weight * arm_receipt_mean',
            'control_receipt_rate': 'weight * control_receipt_mean',
            'receipt_difference': 'weight * (arm_receipt_mean - control_receipt_mean)',
            'variance_of_receipt': 'weight * weight * variance_of_receipt',
            'covariance_with_receipt': 'weight * weight * covariance_with_receipt',
        }.items() %}
        {{ feedlift._known_sum(term) }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from weighted_pairs
    group by {{ pair_keys | join(', ') }}

),

joined as (

    select
        {{ feedlift._key_columns(pair_keys, 'outcome_tests') }},
        outcome_tests.unit_count,
        outcome_tests.control_unit_count,
        {{ feedlift._in_range('receipts.arm_receipt_rate') }} as arm_receipt_rate,
        {{ feedlift._in_range('receipts.control_receipt_rate') }} as control_receipt_rate,
        receipts.receipt_difference,
        receipts.variance_of_receipt,
        outcome_tests.arm_value,
        outcome_tests.control_value,
        outcome_tests.estimate as itt_estimate,
        outcome_tests.estimate_se as itt_estimate_se,
        outcome_tests.estimate_lower as itt_estimate_lower,
        outcome_tests.estimate_upper as itt_estimate_upper,
        outcome_tests.p_value,
        outcome_tests.degrees_of_freedom,
        outcome_tests.confidence_level,
        outcome_tests.t_critical,
        outcome_tests.arm_variance + outcome_tests.control_variance as variance_of_outcome,
        case when outcome_tests.null_reason is null then receipts.covariance_with_receipt end
            as covariance_with_receipt,
        {{ feedlift._in_range('(outcome_tests.estimate / nullif(receipts.receipt_difference, 0))') }}
            as complier_effect,
        {{ feedlift._approximation_quality(
            feedlift._quality_is('outcome_tests.approximation_quality', 'poor')
            ~ ' or receipts.arm_receipt_count < 20',
            feedlift._quality_is('outcome_tests.approximation_quality', 'doubtful')
            ~ ' or receipts.arm_receipt_count < 100',
        ) }} as approximation_quality,
        coalesce(
            outcome_tests.null_reason,
            case
                when receipts.receipt_difference = 0 then 'no_difference_in_receipt'
                when
                    not {{ feedlift._is_value_in_range('(outcome_tests.estimate / receipts.receipt_difference)') }}
                    or not coalesce(receipts.variance_of_receipt <= 1e140, false)
                    then 'out_of_range'
            end
        ) as null_reason
    from outcome_tests
    left join receipts
        on
            {{ feedlift._keys_match(pair_keys, 'outcome_tests', 'receipts') }}
            and coalesce(outcome_tests.null_reason, 'none') <> 'several_rows_of_an_arm'

),

-- Where the outcome is proportional to receipt the terms cancel, and rounding may leave less than nothing.
final as (

    select
        {{ pair_keys | join(', ') }},
        unit_count,
        control_unit_count,
        arm_receipt_rate,
        control_receipt_rate,
        arm_value,
        control_value,
        itt_estimate,
        itt_estimate_se,
        itt_estimate_lower,
        itt_estimate_upper,
        p_value,
        degrees_of_freedom,
        confidence_level,
        complier_effect,
        -- greatest() passes over a null, and would make a standard error of 0 of it.
        case
            when null_reason is null and variance_of_receipt is not null and covariance_with_receipt is not null
                then
                    sqrt(greatest(
                        variance_of_outcome
                        - 2 * complier_effect * covariance_with_receipt
                        + complier_effect * complier_effect * variance_of_receipt, 0e0
                    )) / abs(receipt_difference)
        end as complier_effect_se,
        {%- for end in ['lower', 'upper'] %}
        case
            when null_reason is null
                then
                    {{ feedlift.ratio_interval(
                        end, 'itt_estimate', 'variance_of_outcome', 'receipt_difference', 'variance_of_receipt',
                        't_critical', 'covariance_with_receipt'
                    ) }}
        end as complier_effect_{{ end }},
        {%- endfor %}
        coalesce(
            null_reason is null
            and receipt_difference * receipt_difference <= t_critical * t_critical * variance_of_receipt, false
        ) as is_complier_effect_unbounded,
        approximation_quality,
        null_reason
    from joined

)

select * from final
{% endmacro %}
