{#- Every unit in every replicate with its weight; replicate 0 is the data as they are. -#}
{% macro _bootstrap_weights(units, replicates) %}
replicates as (

    select cast(0 as {{ feedlift.data_type('integer') }}) as replicate_number
    union all
    select series.number as replicate_number from {{ feedlift.number_series(replicates) }} as series

),

unit_draws as (

    select
        {{ units }}.*,
        replicates.replicate_number,
        {{ feedlift.random_draw(
            units ~ '.random_start', units ~ '.random_step', 'replicates.replicate_number'
        ) }} as draw
    from {{ units }}
    cross join replicates

),

unit_weights as (

    select
        *,
        case when replicate_number = 0 then 1 else {{ feedlift.poisson_weight('draw') }} end as unit_weight
    from unit_draws

)
{%- endmacro %}


{#-
  The two sides of every comparison, by stratum, with the stratum's share of the pair's units, as in arm_estimates: the
  share stays as it is in all replicates.
-#}
{% macro _bootstrap_sides(keys) %}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
uncompared_arms as (

    {{ feedlift._uncompared_arms('arm_strata', keys) | indent(4) }}

),

{{ feedlift._weighted_pairs('arm_strata', keys, known_count='known_count') }},

sides as (

    select
        {{ feedlift._key_columns(pair_keys, 'weighted_pairs') }},
        weighted_pairs.stratum,
        weighted_pairs.weight,
        arm_strata.arm as side_arm,
        arm_strata.is_control_arm,
        arm_strata.is_ratio,
        arm_strata.unit_count,
        arm_strata.known_count,
        arm_strata.nonzero_unit_count,
        arm_strata.unknown_unit_count,
        count(*) over (
            partition by {{ feedlift._key_columns(pair_keys, 'weighted_pairs') }}, arm_strata.is_control_arm
        ) as stratum_count
    {{ feedlift._sides_of_pairs('arm_strata', keys) }}

)
{%- endmacro %}


{#-
  What a stratum's totals are multiplied by. A single stratum's cancels in the ratio: left out, equal ratios of whole
  numbers stay equal to the last digit, and ties at zero are ties.
-#}
{% macro _bootstrap_stratum_weight() %}
  {{ return("case when sides.weight is not null and sides.stratum_count = 1 then 1e0 "
    ~ "else sides.weight / nullif(totals.weight_total, 0) end") }}
{% endmacro %}


{#-
  Interval, p-value and standard error from `replicate_values`, the value of each side in each replicate, and `sides`.
  With B replicates and the largest k for which 2 k / (B + 1) < alpha, the interval reaches from the k-th smallest to
  the k-th largest difference, and p = 2 min(#{difference <= 0} + 1, #{difference >= 0} + 1) / (B + 1): zero is outside
  exactly when fewer than k differences are on its other side or at it, that is when p < alpha.
-#}
{% macro _bootstrap_tests(keys, replicates, confidence_level, undefined_reason='zero_denominator') %}
  {%- set double = feedlift.data_type('double') -%}
  {%- set rank = feedlift._bootstrap_rank(replicates, confidence_level) -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
side_counts as (

    select
        {{ pair_keys | join(', ') }},
        is_control_arm,
        max(case when is_ratio then 1 else 0 end) = 1 as is_ratio,
        sum(case when known_count > 0 then unit_count else 0e0 end) as unit_count,
        min(case when known_count > 0 then unit_count else 0e0 end) as smallest_stratum_unit_count,
        sum(nonzero_unit_count) as nonzero_unit_count,
        sum(unknown_unit_count) as unknown_unit_count
    from sides
    group by {{ pair_keys | join(', ') }}, is_control_arm

),

pair_counts as (

    select
        {{ feedlift._key_columns(pair_keys, 'treated') }},
        treated.is_ratio,
        treated.unit_count,
        control.unit_count as control_unit_count,
        treated.nonzero_unit_count,
        control.nonzero_unit_count as control_nonzero_unit_count,
        treated.unknown_unit_count + control.unknown_unit_count as unknown_unit_count,
        case
            when treated.smallest_stratum_unit_count < control.smallest_stratum_unit_count
                then treated.smallest_stratum_unit_count
            else control.smallest_stratum_unit_count
        end as smallest_stratum_unit_count
    from side_counts as treated
    inner join side_counts as control
        on {{ feedlift._keys_match(pair_keys, 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

bounded_values as (

    select
        {{ (pair_keys + ['is_control_arm', 'replicate_number']) | join(', ') }},
        {{ feedlift._in_range('side_value') }} as side_value,
        side_value is not null as is_defined
    from replicate_values

),

replicate_differences as (

    select
        {{ feedlift._key_columns(pair_keys + ['replicate_number'], 'treated') }},
        treated.side_value as arm_value,
        control.side_value as control_value,
        treated.is_defined and control.is_defined as is_defined,
        treated.side_value - control.side_value as estimate,
        case
            when control.side_value > 0
                then {{ feedlift._in_range('((treated.side_value - control.side_value) / control.side_value)') }}
        end as relative_lift
    from bounded_values as treated
    inner join bounded_values as control
        on {{ feedlift._keys_match(pair_keys + ['replicate_number'], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

ranked as (

    select
        *,
        row_number() over (partition by {{ pair_keys | join(', ') }} order by estimate) as estimate_rank,
        row_number() over (partition by {{ pair_keys | join(', ') }} order by relative_lift) as relative_lift_rank
    from replicate_differences
    where replicate_number > 0

),

resampled as (

    select
        {{ pair_keys | join(', ') }},
        count(estimate) as estimate_count,
        count(relative_lift) as relative_lift_count,
        max(estimate) - min(estimate) as estimate_range,
        stddev_samp(estimate) as estimate_se,
        count(case when estimate <= 0 then 1 end) as not_above_zero_count,
        count(case when estimate >= 0 then 1 end) as not_below_zero_count,
        {%- for column in ['estimate', 'relative_lift'] %}
        max(case when {{ column }}_rank = {{ rank }} then {{ column }} end) as {{ column }}_lower,
        max(case when {{ column }}_rank = {{ replicates + 1 - rank }} then {{ column }} end) as {{ column }}_upper
        {{- ',' if not loop.last }}
        {%- endfor %}
    from ranked
    group by {{ pair_keys | join(', ') }}

),

judged as (

    select
        {{ feedlift._key_columns(pair_keys, 'pair_counts') }},
        pair_counts.is_ratio,
        pair_counts.unit_count,
        pair_counts.control_unit_count,
        pair_counts.nonzero_unit_count,
        pair_counts.control_nonzero_unit_count,
        observed.arm_value,
        observed.control_value,
        observed.estimate,
        observed.relative_lift,
        resampled.estimate_se,
        resampled.estimate_lower,
        resampled.estimate_upper,
        resampled.relative_lift_lower,
        resampled.relative_lift_upper,
        resampled.relative_lift_count = {{ replicates }} as is_relative_lift_bounded,
        case
            when resampled.not_above_zero_count < resampled.not_below_zero_count then resampled.not_above_zero_count
            else resampled.not_below_zero_count
        end as rarer_sign_count,
        case
            when pair_counts.unit_count = 0 or pair_counts.control_unit_count = 0 then 'not_logged'
            when pair_counts.smallest_stratum_unit_count < 1 then 'fewer_than_two_units'
            when not observed.is_defined then '{{ undefined_reason }}'
            when pair_counts.smallest_stratum_unit_count < 2 then 'fewer_than_two_units'
            when observed.estimate is null then 'out_of_range'
            when pair_counts.unknown_unit_count > 0 then 'unknown_unit'
            when resampled.estimate_count < {{ replicates }} then 'empty_resample'
            when resampled.estimate_range <= 1e-13 * (abs(observed.arm_value) + abs(observed.control_value))
                then 'zero_variance'
            when not {{ feedlift._is_variance_in_range('resampled.estimate_se * resampled.estimate_se') }}
                then 'out_of_range'
        end as null_reason
    from pair_counts
    inner join replicate_differences as observed
        on {{ feedlift._keys_match(pair_keys, 'pair_counts', 'observed') }} and observed.replicate_number = 0
    inner join resampled
        on {{ feedlift._keys_match(pair_keys, 'pair_counts', 'resampled') }}

),

final as (

    select
        {{ pair_keys | join(', ') }},
        'poisson_bootstrap' as method,
        is_ratio,
        cast(unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control_unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        cast(nonzero_unit_count as {{ feedlift.data_type('integer') }}) as nonzero_unit_count,
        cast(control_nonzero_unit_count as {{ feedlift.data_type('integer') }}) as control_nonzero_unit_count,
        {%- for column in ['arm_value', 'control_value', 'estimate'] %}
        case when coalesce(null_reason, 'none') <> 'unknown_unit' then {{ column }} end as {{ column }},
        {%- endfor %}
        case when null_reason is null then estimate_se when null_reason = 'zero_variance' then 0e0 end as estimate_se,
        case when null_reason is null then estimate_lower end as estimate_lower,
        case when null_reason is null then estimate_upper end as estimate_upper,
        case
            when null_reason is null and 2e0 * (rarer_sign_count + 1) > {{ replicates + 1 }} then 1e0
            when null_reason is null then 2e0 * (rarer_sign_count + 1) / {{ replicates + 1 }}
        end as p_value,
        case when coalesce(null_reason, 'none') <> 'unknown_unit' then relative_lift end as relative_lift,
        case
            when null_reason is null and control_value > 0 and is_relative_lift_bounded then relative_lift_lower
        end as relative_lift_lower,
        case
            when null_reason is null and control_value > 0 and is_relative_lift_bounded then relative_lift_upper
        end as relative_lift_upper,
        coalesce(
            null_reason is null and control_value > 0 and not is_relative_lift_bounded, false
        ) as is_relative_lift_unbounded,
        cast({{ confidence_level }} as {{ double }}) as confidence_level,
        'two-sided' as alternative,
        {{ replicates }} as replicate_count,
        null_reason
    from judged

    union all

    select
        {{ (keys + ['arm']) | join(', ') }},
        {%- for column, expression in {
            'control_arm': 'null', 'method': "'poisson_bootstrap'", 'is_ratio': 'is_ratio', 'unit_count': 'unit_count',
            'control_unit_count': "case when null_reason = 'no_control' then 0 end",
            'nonzero_unit_count': 'nonzero_unit_count',
            'control_nonzero_unit_count': "case when null_reason = 'no_control' then 0 end",
            'arm_value': 'null', 'control_value': 'null', 'estimate': 'null', 'estimate_se': 'null',
            'estimate_lower': 'null', 'estimate_upper': 'null', 'p_value': 'null', 'relative_lift': 'null',
            'relative_lift_lower': 'null', 'relative_lift_upper': 'null', 'is_relative_lift_unbounded': 'false',
            'confidence_level': 'cast(' ~ confidence_level ~ ' as ' ~ double ~ ')', 'alternative': "'two-sided'",
            'replicate_count': replicates, 'null_reason': 'null_reason',
        }.items() %}
        {{ expression }} as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from uncompared_arms

)
{%- endmacro %}


{#- The k above. 1 - 0.95 is a little above 0.05 in doubles, by which p = 0.05 would be below alpha. -#}
{% macro _bootstrap_rank(replicates, confidence_level) %}
  {%- set alpha = (1 - confidence_level) | round(12) -%}
  {%- if replicates is not integer or replicates is boolean or 2 / (replicates + 1) >= alpha -%}
    {{ exceptions.raise_compiler_error(
      "A bootstrap of " ~ feedlift._as_written(replicates) ~ " replicates has no interval at the confidence level "
      ~ confidence_level ~ "; take a whole number of at least " ~ (2 / alpha) | round(0, 'floor') | int
      ~ " replicates (setting bootstrap_replicates)."
    ) }}
  {%- endif -%}
  {%- set found = namespace(rank=((replicates + 1) * alpha / 2) | round | int + 1) -%}
  {%- for _ in range(3) -%}
    {%- if 2 * found.rank / (replicates + 1) >= alpha -%}
      {%- set found.rank = found.rank - 1 -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found.rank) }}
{% endmacro %}
