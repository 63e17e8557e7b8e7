{#-
  A quantile of observations, every arm against control, with many observations to a unit: the outer interval of Deng,
  Knoblich and Lu 2018. The share of observations at or below the quantile x is a ratio of totals, whose standard error
  s the delta method gives over units; the quantiles at p - z s and p + z s enclose x, and their distance over 2 z is
  the standard error of x. Treating observations as independent instead makes it several times too small.

  One definition serves all three quantiles: the smallest observation with at least the share p of the weight at or
  below it. Without strata every observation weighs 1, and that is the order statistic of rank ceil(n p). With strata
  an observation of stratum k weighs W_k n / n_k, W_k the stratum's share of the pair's units and n_k of n the arm's
  units in it, so that the share is a ratio of post-stratified means, as in arm_estimates.
-#}
{% macro quantile_estimates(
  relation, unit, keys, is_control, value, quantile, stratum=none, confidence_level=none
) %}
  {%- do feedlift._check_keys('quantile_estimates', keys) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set confidence = feedlift._confidence('quantile_estimates', confidence_level) -%}
  {%- do feedlift._check_quantile_argument('quantile_estimates', quantile) -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set side_keys = pair_keys + ['is_control_arm'] -%}
with observations as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ unit }} as unit,
        {{ stratum or "'all'" }} as stratum,
        {{ is_control }} as is_control_arm,
        cast({{ value }} as {{ double }}) as value,
        case when {{ quantile }} > 0 and {{ quantile }} < 1 then cast({{ quantile }} as {{ double }}) end as quantile
    from {{ relation }}

),

critical_value as (

    select
        {{ feedlift.normal_quantile(
            'cast(' ~ (1 + confidence) / 2 ~ ' as ' ~ double ~ ')'
        ) | indent(8) }} as z

),

units as (

    select
        {{ (keys + ['arm', 'is_control_arm', 'stratum', 'unit']) | join(', ') }},
        count(value) as observation_count,
        max(quantile) as quantile
    from observations
    group by {{ (keys + ['arm', 'is_control_arm', 'stratum', 'unit']) | join(', ') }}

),

arm_strata as (

    select
        {{ (keys + ['arm', 'is_control_arm', 'stratum']) | join(', ') }},
        cast(count(*) as {{ double }}) as unit_count,
        sum(observation_count) as observation_count,
        count(case when observation_count > 0 then 1 end) as nonzero_unit_count,
        count(case when observation_count > 0 and unit is null then 1 end) as unknown_unit_count,
        false as is_ratio,
        max(quantile) as quantile
    from units
    group by {{ (keys + ['arm', 'is_control_arm', 'stratum']) | join(', ') }}

),

uncompared_arms as (

    {{ feedlift._uncompared_arms('arm_strata', keys) | indent(4) }}

),

{{ feedlift._weighted_pairs('arm_strata', keys, known_count='observation_count') }},

sides as (

    select
        {{ feedlift._key_columns(pair_keys, 'weighted_pairs') }},
        arm_strata.arm as side_arm,
        arm_strata.is_control_arm,
        arm_strata.stratum,
        arm_strata.quantile,
        arm_strata.unit_count,
        arm_strata.observation_count,
        arm_strata.unknown_unit_count,
        weighted_pairs.weight
    {{ feedlift._sides_of_pairs('arm_strata', keys) }}

),

side_totals as (

    select
        {{ side_keys | join(', ') }},
        max(quantile) as quantile,
        sum(case when observation_count > 0 then unit_count else 0e0 end) as unit_count,
        min(case when observation_count > 0 then unit_count else 0e0 end) as smallest_stratum_unit_count,
        sum(unknown_unit_count) as unknown_unit_count
    from sides
    group by {{ side_keys | join(', ') }}

),

weighted_strata as (

    select
        {{ feedlift._key_columns(side_keys, 'sides') }},
        sides.side_arm,
        sides.stratum,
        sides.unit_count,
        sides.weight,
        sides.weight * (side_totals.unit_count / nullif(sides.unit_count, 0)) as observation_weight
    from sides
    inner join side_totals
        on {{ feedlift._keys_match(side_keys, 'sides', 'side_totals') }}

),

-- Only distinct values are sorted.
counted_values as (

    select
        {{ (keys + ['arm', 'stratum', 'value']) | join(', ') }},
        count(*) as observation_count
    from observations
    where value is not null
    group by {{ (keys + ['arm', 'stratum', 'value']) | join(', ') }}

),

weighted_values as (

    select
        {{ feedlift._key_columns(side_keys, 'weighted_strata') }},
        counted_values.value,
        sum(weighted_strata.observation_weight * counted_values.observation_count) as weight
    from weighted_strata
    inner join counted_values
        on
            {{ feedlift._keys_match(keys + ['stratum'], 'weighted_strata', 'counted_values') }}
            and weighted_strata.side_arm = counted_values.arm
    group by {{ feedlift._key_columns(side_keys, 'weighted_strata') }}, counted_values.value

),

distribution as (

    select
        {{ side_keys | join(', ') }},
        value,
        sum(weight) over (
            partition by {{ side_keys | join(', ') }} order by value rows unbounded preceding
        ) as cumulative_weight,
        sum(weight) over (partition by {{ side_keys | join(', ') }}) as total_weight
    from weighted_values

),

quantiles as (

    select
        {{ feedlift._key_columns(side_keys, 'distribution') }},
        max(side_totals.unit_count) as unit_count,
        max(side_totals.quantile) as quantile,
        max(distribution.total_weight) as total_weight,
        min(distribution.value) as smallest_value,
        max(distribution.value) as largest_value,
        min(
            case when {{ feedlift._reaches_share('distribution', 'side_totals.quantile') }} then distribution.value end
        ) as quantile_value,
        min(
            case
                when {{ feedlift._reaches_share('distribution', 'side_totals.quantile') }}
                    then distribution.cumulative_weight / distribution.total_weight
            end
        ) as share
    from distribution
    inner join side_totals
        on {{ feedlift._keys_match(side_keys, 'distribution', 'side_totals') }}
    group by {{ feedlift._key_columns(side_keys, 'distribution') }}

),

unit_shares as (

    select
        {{ feedlift._key_columns(side_keys, 'weighted_strata') }},
        weighted_strata.stratum,
        weighted_strata.weight,
        weighted_strata.unit_count,
        observations.unit,
        count(case when observations.value <= quantiles.quantile_value then 1 end) as count_at_or_below,
        count(case when observations.value > quantiles.quantile_value then 1 end) as count_above,
        max(quantiles.share) as share,
        max(quantiles.total_weight / quantiles.unit_count) as observations_per_unit
    from weighted_strata
    inner join quantiles
        on {{ feedlift._keys_match(side_keys, 'weighted_strata', 'quantiles') }}
    inner join observations
        on
            {{ feedlift._keys_match(keys + ['stratum'], 'weighted_strata', 'observations') }}
            and weighted_strata.side_arm = observations.arm
    group by
        {{ feedlift._key_columns(side_keys, 'weighted_strata') }},
        weighted_strata.stratum,
        weighted_strata.weight,
        weighted_strata.unit_count,
        observations.unit

),

linearised as (

    select
        *,
        (count_at_or_below - share * (count_at_or_below + count_above)) / observations_per_unit as contribution
    from unit_shares

),

stratum_moments as (

    select
        {{ side_keys | join(', ') }},
        stratum,
        weight,
        unit_count,
        count(case when count_at_or_below > 0 then 1 end) as units_at_or_below,
        count(case when count_above > 0 then 1 end) as units_above,
        weight * weight * var_samp(contribution) / unit_count as variance_of_mean,
        var_samp(contribution) as variance,
        avg(contribution * contribution * contribution)
        - 3 * avg(contribution) * avg(contribution * contribution)
        + 2 * avg(contribution) * avg(contribution) * avg(contribution) as third_moment
    from linearised
    group by {{ side_keys | join(', ') }}, stratum, weight, unit_count

),

share_variances as (

    select
        {{ side_keys | join(', ') }},
        sum(units_at_or_below) as units_at_or_below,
        sum(units_above) as units_above,
        sum(variance_of_mean) as share_variance,
        sum(variance_of_mean * variance_of_mean / nullif(unit_count - 1, 0)) as degrees_of_freedom_part,
        sum(weight * third_moment) / nullif(sum(weight * variance) * sqrt(sum(weight * variance)), 0) as skewness
    from stratum_moments
    group by {{ side_keys | join(', ') }}

),

interval_shares as (

    select
        {{ feedlift._key_columns(side_keys, 'quantiles') }},
        quantiles.quantile_value,
        quantiles.smallest_value = quantiles.largest_value as is_constant,
        share_variances.skewness,
        case
            when share_variances.units_above < share_variances.units_at_or_below then share_variances.units_above
            else share_variances.units_at_or_below
        end as rarer_unit_count,
        share_variances.share_variance * share_variances.share_variance
        / nullif(share_variances.degrees_of_freedom_part, 0) as degrees_of_freedom,
        critical_value.z,
        quantiles.quantile - critical_value.z * sqrt(share_variances.share_variance) as lower_share,
        quantiles.quantile + critical_value.z * sqrt(share_variances.share_variance) as upper_share,
        -- At the largest observation the share is 1 and does not vary: that is no certainty, but no data beyond.
        quantiles.quantile_value = quantiles.largest_value
        or quantiles.quantile - critical_value.z * sqrt(share_variances.share_variance) <= 0
        or quantiles.quantile + critical_value.z * sqrt(share_variances.share_variance) > 1 as is_beyond_data
    from quantiles
    inner join share_variances
        on {{ feedlift._keys_match(side_keys, 'quantiles', 'share_variances') }}
    cross join critical_value

),

outer_intervals as (

    select
        {{ feedlift._key_columns(side_keys, 'interval_shares') }},
        max(interval_shares.z) as z,
        min(
            case
                when {{ feedlift._reaches_share('distribution', 'interval_shares.lower_share') }}
                    then distribution.value
            end
        ) as lower_value,
        min(
            case
                when {{ feedlift._reaches_share('distribution', 'interval_shares.upper_share') }}
                    then distribution.value
            end
        ) as upper_value
    from interval_shares
    inner join distribution
        on {{ feedlift._keys_match(side_keys, 'interval_shares', 'distribution') }}
    group by {{ feedlift._key_columns(side_keys, 'interval_shares') }}

),

-- Where an end is tied with the quantile itself, as among counts, the interval does not show how uncertain it is.
side_results as (

    select
        {{ feedlift._key_columns(side_keys, 'side_totals') }},
        side_totals.unit_count,
        side_totals.smallest_stratum_unit_count,
        side_totals.unknown_unit_count,
        side_totals.quantile is not null as has_share,
        coalesce(interval_shares.rarer_unit_count, 0) as nonzero_unit_count,
        {{ feedlift._in_range('interval_shares.quantile_value') }} as quantile_value,
        coalesce(interval_shares.is_beyond_data and not interval_shares.is_constant, false) as is_beyond_data,
        case
            when
                outer_intervals.lower_value < interval_shares.quantile_value
                and outer_intervals.upper_value > interval_shares.quantile_value
                then interval_shares.skewness
        end as skewness,
        case
            when interval_shares.is_constant or outer_intervals.upper_value = outer_intervals.lower_value then 0e0
            when outer_intervals.upper_value - outer_intervals.lower_value between 1e-70 and 1e70
                then
                (outer_intervals.upper_value - outer_intervals.lower_value)
                * (outer_intervals.upper_value - outer_intervals.lower_value)
                / (4 * outer_intervals.z * outer_intervals.z)
        end as variance,
        interval_shares.degrees_of_freedom
    from side_totals
    left join interval_shares
        on {{ feedlift._keys_match(side_keys, 'side_totals', 'interval_shares') }}
    left join outer_intervals
        on {{ feedlift._keys_match(side_keys, 'side_totals', 'outer_intervals') }}

),

differences as (

    select
        {{ feedlift._key_columns(pair_keys, 'treated') }},
        cast(treated.unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control.unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        treated.nonzero_unit_count,
        control.nonzero_unit_count as control_nonzero_unit_count,
        treated.skewness,
        control.skewness as control_skewness,
        treated.quantile_value as arm_value,
        control.quantile_value as control_value,
        treated.quantile_value - control.quantile_value as estimate,
        treated.variance as arm_variance,
        control.variance as control_variance,
        (treated.variance + control.variance) * (treated.variance + control.variance) / nullif(
            coalesce(treated.variance * treated.variance / nullif(treated.degrees_of_freedom, 0), 0)
            + coalesce(control.variance * control.variance / nullif(control.degrees_of_freedom, 0), 0),
            0
        ) as degrees_of_freedom,
        case
            when treated.unit_count = 0 or control.unit_count = 0 then 'not_logged'
            when not treated.has_share or not control.has_share then 'quantile_not_between_0_and_1'
            when treated.unknown_unit_count > 0 or control.unknown_unit_count > 0 then 'unknown_unit'
            when treated.smallest_stratum_unit_count < 2 or control.smallest_stratum_unit_count < 2
                then 'fewer_than_two_units'
            when treated.is_beyond_data or control.is_beyond_data then 'quantile_beyond_data'
            when treated.quantile_value is null or control.quantile_value is null then 'out_of_range'
            when treated.variance + control.variance = 0 then 'zero_variance'
            when not {{ feedlift._is_variance_in_range('treated.variance + control.variance') }} then 'out_of_range'
        end as null_reason
    from side_results as treated
    inner join side_results as control
        on {{ feedlift._keys_match(pair_keys, 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

final as (

    select
        {{ pair_keys | join(', ') }},
        'unadjusted' as method,
        false as is_ratio,
        0e0 as cuped_coefficient,
        unit_count,
        control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        skewness,
        control_skewness,
        -- Strata are weighted by their units.
        {%- for column in ['arm_value', 'control_value', 'estimate'] %}
        case when coalesce(null_reason, 'none') <> 'unknown_unit' then {{ column }} end as {{ column }},
        {%- endfor %}
        {%- for column, expression in {
            'arm_variance': 'arm_variance', 'control_variance': 'control_variance',
            'unadjusted_variance': 'arm_variance + control_variance', 'arm_value_variance': 'arm_variance',
            'control_value_variance': 'control_variance', 'covariance_of_values': '0e0',
        }.items() %}
        case when null_reason is null or null_reason = 'zero_variance' then {{ expression }} end as {{ column }},
        {%- endfor %}
        case when null_reason is null then degrees_of_freedom end as degrees_of_freedom,
        null_reason
    from differences

    union all

    {{ feedlift._uncompared_estimates(
        keys, feedlift.estimate_columns() | reject('in', ['is_ratio', 'null_reason']) | list
    ) | indent(4) }}

)

select * from final
{% endmacro %}


{#- Rounding must not carry a share of exactly p to the next observation. -#}
{% macro _reaches_share(distribution, share) %}
  {{ return(
    distribution ~ ".cumulative_weight >= (" ~ share ~ ") * " ~ distribution ~ ".total_weight * (1 - 1e-12)"
  ) }}
{% endmacro %}
