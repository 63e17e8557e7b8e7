{#-
  What of a difference between two arms' ratios R = Y / D is due to other rates within strata, and what to another mix
  of strata (Kitagawa 1955), with standard errors. With the share p of the denominator and the ratio r of a stratum,
    rate effect = (p1 + p0) / 2 * (r1 - r0),
    mix effect = (p1 - p0) * ((r1 + r0) / 2 - (R1 + R0) / 2),
  and both, summed over all strata, are R1 - R0. The centre (R1 + R0) / 2 adds nothing to the sum, since shares add up
  to one, and makes the mix effect of one stratum readable: without it, a gain of share would always raise the ratio.
  A stratum that an arm does not have borrows the other arm's ratio, so that it is all mix.

  The effects are smooth functions of means over units, so that their variance is that of each unit's influence, a
  linear function of the unit's sums (delta method):
    on p: (d_s - p d) / D,   on r: (y_s - r d_s) / D_s,   on R: (y - R d) / D.
  Units that have nothing in a stratum have an influence too, by their totals; these enter as sums over all units, which
  saves a row for every unit and stratum. Strata covary, and so the effects' standard errors do not add: of the sums
  over strata, influences are summed per unit first.
  With phases every mean is post-stratified, as in arm_estimates.
-#}
{% macro ratio_decomposition(
  relation, unit, stratum, keys, is_control, numerator, denominator, phase=none, confidence_level=none
) %}
  {%- do feedlift._check_keys('ratio_decomposition', keys) -%}
  {%- set confidence = feedlift._confidence('ratio_decomposition', confidence_level) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set text = feedlift.data_type('text') -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set cell = keys + ['arm', 'is_control_arm', 'phase'] -%}
  {#- Per component its effect and the derivatives of it by the share, the ratio and the total ratio of either arm. -#}
  {%- set components = {
    'rate': {
      'effect': '5e-1 * (p1 + p0) * (r1 - r0)',
      'by_p1': '5e-1 * (r1 - r0)', 'by_p0': '5e-1 * (r1 - r0)',
      'by_r1': 'own_1 * own_0 * 5e-1 * (p1 + p0)', 'by_r0': 'own_1 * own_0 * -5e-1 * (p1 + p0)',
      'by_total': '0e0',
    },
    'mix': {
      'effect': '(p1 - p0) * 5e-1 * ((r1 + r0) - (total_1 + total_0))',
      'by_p1': '5e-1 * ((r1 + r0) - (total_1 + total_0))', 'by_p0': '-5e-1 * ((r1 + r0) - (total_1 + total_0))',
      'by_r1': 'own_1 * (1 - 5e-1 * own_0) * (p1 - p0)', 'by_r0': 'own_0 * (1 - 5e-1 * own_1) * (p1 - p0)',
      'by_total': '-5e-1 * (p1 - p0)',
    },
    'standardised': {
      'effect': 'p0 * (r1 - r0)',
      'by_p1': '0e0', 'by_p0': '(r1 - r0)',
      'by_r1': 'own_1 * own_0 * p0', 'by_r0': 'own_1 * own_0 * -p0',
      'by_total': '0e0',
    },
  } -%}
  {%- set sums = ['effect', 'by_y_1', 'by_d_1', 'by_y_0', 'by_d_0'] -%}
with unit_strata as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ is_control }} as is_control_arm,
        {{ phase or "'all'" }} as phase,
        {{ unit }} as unit_key,
        {{ stratum }} as stratum,
        sum(cast({{ numerator }} as {{ double }})) as y,
        sum(cast({{ denominator }} as {{ double }})) as d
    from {{ relation }}
    group by
        {{ (keys + ['arm']) | join(', ') }},
        {{ is_control }},
        {{ phase or "'all'" }},
        {{ unit }},
        {{ stratum }}

),

unit_totals as (

    select
        {{ cell | join(', ') }},
        unit_key,
        case when count(y) = count(*) and count(d) = count(*) then sum(y) end as y,
        case when count(y) = count(*) and count(d) = count(*) then sum(d) end as d
    from unit_strata
    group by {{ cell | join(', ') }}, unit_key

),

-- Squares of totals around 1e9 would leave nothing of a variance of 1.
units as (

    select
        *,
        y - avg(y) over (partition by {{ cell | join(', ') }}) as centred_y,
        d - avg(d) over (partition by {{ cell | join(', ') }}) as centred_d
    from unit_totals

),

-- A unit counts where its outcome is known, with or without any.
known_strata as (

    select
        {{ feedlift._key_columns(cell + ['unit_key'], 'unit_strata') }},
        unit_strata.stratum,
        unit_strata.y,
        unit_strata.d,
        units.centred_y,
        units.centred_d
    from unit_strata
    inner join units
        on {{ feedlift._keys_match(cell + ['unit_key'], 'unit_strata', 'units') }}
    where units.y is not null and units.d is not null

),

phases as (

    select
        {{ cell | join(', ') }},
        true as is_ratio,
        count(y) as unit_count,
        count(case when y <> 0 then 1 end) as nonzero_unit_count,
        sum(y) as y,
        sum(d) as d,
        sum(centred_y * centred_y) as yy,
        sum(centred_y * centred_d) as yd,
        sum(centred_d * centred_d) as dd
    from units
    group by {{ cell | join(', ') }}

),

uncompared_arms as (

    {{ feedlift._uncompared_arms('phases', keys) | indent(4) }}

),

{{ feedlift._weighted_pairs('phases', keys, stratum='phase') }},

sides as (

    select
        {{ feedlift._key_columns(pair_keys + ['phase'], 'weighted_pairs') }},
        weighted_pairs.weight,
        phases.is_control_arm,
        phases.arm as side_arm,
        cast(phases.unit_count as {{ double }}) as n,
        phases.nonzero_unit_count as nonzero,
        phases.y,
        phases.d,
        phases.yy,
        phases.yd,
        phases.dd
    {{ feedlift._sides_of_pairs('phases', keys, stratum='phase') }}

),

totals as (

    select
        {{ pair_keys | join(', ') }},
        {%- for side, is_side in [(1, 'not is_control_arm'), (0, 'is_control_arm')] %}
        sum(case when {{ is_side }} then n else 0e0 end) as n{{ side }},
        min(case when {{ is_side }} then n end) as smallest_{{ side }},
        sum(case when {{ is_side }} then nonzero else 0 end) as nonzero_{{ side }},
        sum(case when {{ is_side }} then weight * y / nullif(n, 0) end) as y{{ side }},
        sum(case when {{ is_side }} then weight * d / nullif(n, 0) end) as d{{ side }}{{ ',' if not loop.last }}
        {%- endfor %}
    from sides
    group by {{ pair_keys | join(', ') }}

),

stratum_phases as (

    select
        {{ cell | join(', ') }},
        stratum,
        count(case when y <> 0 then 1 end) as nonzero,
        sum(y) as y,
        sum(d) as d
    from known_strata
    group by {{ cell | join(', ') }}, stratum

),

stratum_totals as (

    select
        {{ feedlift._key_columns(pair_keys, 'sides') }},
        stratum_phases.stratum,
        {%- for side, is_side in [(1, 'not sides.is_control_arm'), (0, 'sides.is_control_arm')] %}
        sum(case when {{ is_side }} then stratum_phases.nonzero else 0 end) as nonzero_{{ side }},
        sum(case when {{ is_side }} then sides.weight * stratum_phases.y / sides.n else 0e0 end) as y{{ side }},
        sum(case when {{ is_side }} then sides.weight * stratum_phases.d / sides.n else 0e0 end) as d{{ side }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from sides
    inner join stratum_phases
        on
            {{ feedlift._keys_match(keys + ['phase', 'is_control_arm'], 'sides', 'stratum_phases') }}
            and sides.side_arm = stratum_phases.arm
    where sides.n > 0
    group by {{ feedlift._key_columns(pair_keys, 'sides') }}, stratum_phases.stratum

),

-- A stratum without any denominator in either arm has no rate and takes no share.
shares as (

    select
        {{ feedlift._key_columns(pair_keys, 'stratum_totals') }},
        stratum_totals.stratum,
        stratum_totals.nonzero_1,
        stratum_totals.nonzero_0,
        totals.d1 as total_d1,
        totals.d0 as total_d0,
        totals.y1 / totals.d1 as total_1,
        totals.y0 / totals.d0 as total_0,
        stratum_totals.d1,
        stratum_totals.d0,
        stratum_totals.d1 / totals.d1 as p1,
        stratum_totals.d0 / totals.d0 as p0,
        stratum_totals.y1 / nullif(stratum_totals.d1, 0) as own_r1,
        stratum_totals.y0 / nullif(stratum_totals.d0, 0) as own_r0
    from stratum_totals
    inner join totals
        on {{ feedlift._keys_match(pair_keys, 'stratum_totals', 'totals') }}
    where
        totals.d1 <> 0
        and totals.d0 <> 0
        and (stratum_totals.d1 <> 0 or stratum_totals.d0 <> 0)

),

rates as (

    select
        *,
        coalesce(own_r1, own_r0) as r1,
        coalesce(own_r0, own_r1) as r0,
        case when own_r1 is null then 0e0 else 1e0 end as own_1,
        case when own_r0 is null then 0e0 else 1e0 end as own_0
    from shares

),

derivatives as (

    {%- for component, derivative in components.items() %}
    {{ 'union all' if not loop.first }}
    select
        *,
        '{{ component }}' as component,
        {{ derivative['effect'] }} as effect,
        {{ derivative['by_p1'] }} as by_p1,
        {{ derivative['by_p0'] }} as by_p0,
        {{ derivative['by_r1'] }} as by_r1,
        {{ derivative['by_r0'] }} as by_r0,
        {{ derivative['by_total'] }} as by_total
    from rates
    {%- endfor %}

),

-- An influence as a linear function of four sums of a unit: y and d in the stratum, y and d in all.
coefficients as (

    select
        {{ pair_keys | join(', ') }},
        component,
        stratum,
        effect,
        p1,
        p0,
        own_r1,
        own_r0,
        r1,
        nonzero_1,
        nonzero_0,
        {%- for side in [1, 0] %}
        coalesce(by_r{{ side }} / nullif(d{{ side }}, 0), 0e0) as by_stratum_y_{{ side }},
        by_p{{ side }} / total_d{{ side }} - coalesce(by_r{{ side }} * r{{ side }} / nullif(d{{ side }}, 0), 0e0)
            as by_stratum_d_{{ side }},
        by_total / total_d{{ side }} as by_y_{{ side }},
        -(by_p{{ side }} * p{{ side }} + by_total * total_{{ side }}) / total_d{{ side }} as by_d_{{ side }}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from derivatives

),

-- Everything there is an effect of, with what its influences need of a unit's totals.
effects as (

    select
        {{ pair_keys | join(', ') }},
        component,
        stratum,
        false as is_over_all,
        p1 as arm_share,
        p0 as control_share,
        own_r1 as arm_value,
        own_r0 as control_value,
        own_r1 is null or own_r0 is null as is_empty,
        nonzero_1,
        nonzero_0,
        {{ sums | join(', ') }}
    from coefficients
    where component <> 'standardised'

    union all

    select
        {{ feedlift._key_columns(pair_keys, 'coefficients') }},
        coefficients.component,
        'all' as stratum,
        true as is_over_all,
        1e0 as arm_share,
        1e0 as control_share,
        case
            when coefficients.component = 'standardised' then sum(coefficients.p0 * coefficients.r1)
            else max(totals.y1 / totals.d1)
        end as arm_value,
        max(totals.y0 / totals.d0) as control_value,
        false as is_empty,
        max(totals.nonzero_1) as nonzero_1,
        max(totals.nonzero_0) as nonzero_0,
        {%- for column in sums %}
        sum(coefficients.{{ column }}) as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from coefficients
    inner join totals
        on {{ feedlift._keys_match(pair_keys, 'coefficients', 'totals') }}
    group by {{ feedlift._key_columns(pair_keys, 'coefficients') }}, coefficients.component

    union all

    select
        {{ pair_keys | join(', ') }},
        'total' as component,
        'all' as stratum,
        true as is_over_all,
        1e0 as arm_share,
        1e0 as control_share,
        y1 / nullif(d1, 0) as arm_value,
        y0 / nullif(d0, 0) as control_value,
        false as is_empty,
        nonzero_1,
        nonzero_0,
        y1 / nullif(d1, 0) - y0 / nullif(d0, 0) as effect,
        1 / nullif(d1, 0) as by_y_1,
        -y1 / nullif(d1 * d1, 0) as by_d_1,
        -1 / nullif(d0, 0) as by_y_0,
        y0 / nullif(d0 * d0, 0) as by_d_0
    from totals

),

stratum_coefficients as (

    {%- for side in [1, 0] %}
    {{ 'union all' if not loop.first }}
    select
        {{ pair_keys | join(', ') }},
        component,
        stratum,
        {{ 'true' if side == 0 else 'false' }} as is_control_arm,
        {{ 'control_arm' if side == 0 else 'arm' }} as side_arm,
        by_stratum_y_{{ side }} as by_stratum_y,
        by_stratum_d_{{ side }} as by_stratum_d,
        by_y_{{ side }} as by_y,
        by_d_{{ side }} as by_d
    from coefficients
    {%- endfor %}

),

-- The part of an influence that the unit's own rows in a stratum make, and the part of its totals, where it has rows.
influences as (

    select
        {{ feedlift._key_columns(pair_keys, 'stratum_coefficients') }},
        stratum_coefficients.component,
        stratum_coefficients.stratum,
        stratum_coefficients.is_control_arm,
        known_strata.phase,
        known_strata.unit_key,
        stratum_coefficients.by_stratum_y * known_strata.y + stratum_coefficients.by_stratum_d * known_strata.d as own,
        stratum_coefficients.by_stratum_y * known_strata.y * stratum_coefficients.by_stratum_y * known_strata.y
        + stratum_coefficients.by_stratum_d * known_strata.d * stratum_coefficients.by_stratum_d * known_strata.d
            as scale,
        stratum_coefficients.by_y * known_strata.centred_y + stratum_coefficients.by_d * known_strata.centred_d
            as of_totals
    from known_strata
    inner join stratum_coefficients
        on
            {{ feedlift._keys_match(keys + ['is_control_arm', 'stratum'], 'known_strata', 'stratum_coefficients') }}
            and known_strata.arm = stratum_coefficients.side_arm

),

influences_over_all as (

    select
        {{ (pair_keys + ['component', 'is_control_arm', 'phase', 'unit_key']) | join(', ') }},
        sum(own) as own,
        sum(scale) as scale
    from influences
    group by {{ (pair_keys + ['component', 'is_control_arm', 'phase', 'unit_key']) | join(', ') }}

),

{%- set total_coefficients = [] %}
{%- for column in ['y', 'd'] %}
{%- do total_coefficients.append(
  'case when influences_over_all.is_control_arm then effects.by_' ~ column ~ '_0 else effects.by_' ~ column ~ '_1 end'
) %}
{%- endfor %}
-- Of (own + of totals)^2 the units without rows have only the square of the second, which comes from the sums.
influence_sums as (

    select
        {{ (pair_keys + ['component', 'stratum', 'is_control_arm', 'phase']) | join(', ') }},
        false as is_over_all,
        sum(own) as first_power,
        sum(own * (own + 2 * of_totals)) as square,
        sum(own * own + 1e-15 * scale) as scale
    from influences
    group by {{ (pair_keys + ['component', 'stratum', 'is_control_arm', 'phase']) | join(', ') }}

    union all

    select
        {{ feedlift._key_columns(pair_keys + ['component'], 'influences_over_all') }},
        'all' as stratum,
        influences_over_all.is_control_arm,
        influences_over_all.phase,
        true as is_over_all,
        sum(influences_over_all.own) as first_power,
        sum(
            influences_over_all.own
            * (
                influences_over_all.own
                + 2 * ({{ total_coefficients[0] }}) * units.centred_y
                + 2 * ({{ total_coefficients[1] }}) * units.centred_d
            )
        ) as square,
        sum(influences_over_all.own * influences_over_all.own + 1e-15 * influences_over_all.scale) as scale
    from influences_over_all
    inner join units
        on
            {{ feedlift._keys_match(keys + ['is_control_arm', 'phase', 'unit_key'], 'influences_over_all', 'units') }}
            and case when influences_over_all.is_control_arm then influences_over_all.control_arm
                else influences_over_all.arm end = units.arm
    inner join effects
        on
            {{ feedlift._keys_match(pair_keys + ['component'], 'influences_over_all', 'effects') }}
            and effects.is_over_all
    group by
        {{ feedlift._key_columns(pair_keys + ['component', 'is_control_arm', 'phase'], 'influences_over_all') }}

),

side_effects as (

    select
        {{ feedlift._key_columns(pair_keys, 'effects') }},
        effects.component,
        effects.stratum,
        effects.is_over_all,
        sides.is_control_arm,
        sides.phase,
        sides.weight,
        sides.n,
        sides.yy,
        sides.yd,
        sides.dd,
        case when sides.is_control_arm then effects.by_y_0 else effects.by_y_1 end as by_y,
        case when sides.is_control_arm then effects.by_d_0 else effects.by_d_1 end as by_d
    from effects
    inner join sides
        on {{ feedlift._keys_match(pair_keys, 'effects', 'sides') }}

),

phase_sums as (

    select
        {{ feedlift._key_columns(
            pair_keys + ['component', 'stratum', 'is_over_all', 'is_control_arm'], 'side_effects'
        ) }},
        side_effects.weight,
        side_effects.n,
        coalesce(influence_sums.first_power, 0e0) as first_power,
        side_effects.by_y * side_effects.by_y * side_effects.yy
        + 2 * side_effects.by_y * side_effects.by_d * side_effects.yd
        + side_effects.by_d * side_effects.by_d * side_effects.dd
        + coalesce(influence_sums.square, 0e0) as square,
        side_effects.by_y * side_effects.by_y * side_effects.yy
        + side_effects.by_d * side_effects.by_d * side_effects.dd
        + coalesce(influence_sums.scale, 0e0) as scale
    from side_effects
    left join influence_sums
        on
            {{ feedlift._keys_match(
                pair_keys + ['component', 'stratum', 'is_over_all', 'is_control_arm', 'phase'],
                'side_effects', 'influence_sums'
            ) }}

),

-- What rounding leaves where the terms cancel is no variance: of sums of squares to 1e-13 of them, of a unit's own
-- influence, which is squared after its terms have cancelled, to 1e-28 of their squares.
phase_variances as (

    select
        *,
        case
            when square - first_power * first_power / nullif(n, 0) <= 1e-13 * scale then 0e0
            else
                weight * weight * (square - first_power * first_power / nullif(n, 0)) / nullif(n - 1, 0) / nullif(n, 0)
        end as variance_of_mean
    from phase_sums

),

variances as (

    select
        {{ (pair_keys + ['component', 'stratum', 'is_over_all']) | join(', ') }},
        sum(case when not is_control_arm then variance_of_mean end) as arm_variance,
        sum(case when is_control_arm then variance_of_mean end) as control_variance,
        sum(variance_of_mean * variance_of_mean / nullif(n - 1, 0)) as degrees_of_freedom_part
    from phase_variances
    group by {{ (pair_keys + ['component', 'stratum', 'is_over_all']) | join(', ') }}

),

judged as (

    select
        {{ feedlift._key_columns(pair_keys, 'effects') }},
        effects.component,
        effects.stratum,
        effects.is_over_all,
        true as is_ratio,
        cast(totals.n1 as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(totals.n0 as {{ feedlift.data_type('integer') }}) as control_unit_count,
        effects.nonzero_1 as nonzero_unit_count,
        effects.nonzero_0 as control_nonzero_unit_count,
        effects.arm_share,
        effects.control_share,
        effects.arm_value,
        effects.control_value,
        effects.effect as estimate,
        variances.arm_variance,
        variances.control_variance,
        variances.degrees_of_freedom_part,
        {%- for column in [
            'skewness', 'control_skewness', 'unadjusted_variance', 'arm_value_variance', 'control_value_variance',
            'covariance_of_values',
        ] %}
        cast(null as {{ double }}) as {{ column }},
        {%- endfor %}
        case
            when totals.n1 = 0 or totals.n0 = 0 then 'not_logged'
            when totals.d1 = 0 or totals.d0 = 0 then 'zero_denominator'
            when totals.smallest_1 < 2 or totals.smallest_0 < 2 then 'fewer_than_two_units'
            when effects.is_empty and effects.component = 'rate' then 'empty_stratum'
            when variances.arm_variance + variances.control_variance = 0 then 'zero_variance'
            when
                not {{ feedlift._is_value_in_range('effects.effect') }}
                or not {{ feedlift._is_variance_in_range('variances.arm_variance + variances.control_variance') }}
                then 'out_of_range'
        end as null_reason
    from effects
    inner join totals
        on {{ feedlift._keys_match(pair_keys, 'effects', 'totals') }}
    inner join variances
        on {{ feedlift._keys_match(
            pair_keys + ['component', 'stratum', 'is_over_all'], 'effects', 'variances'
        ) }}

),

estimates as (

    select
        {{ pair_keys | join(', ') }},
        component,
        stratum,
        is_over_all,
        is_ratio,
        null_reason,
        unit_count,
        control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        {%- for column in ['arm_share', 'control_share', 'arm_value', 'control_value', 'estimate'] %}
        {{ feedlift._in_range(column) }} as {{ column }},
        {%- endfor %}
        case when coalesce(null_reason, 'zero_variance') = 'zero_variance' then arm_variance end as arm_variance,
        case when coalesce(null_reason, 'zero_variance') = 'zero_variance' then control_variance end
            as control_variance,
        case
            when null_reason is null
                then
                    (arm_variance + control_variance) * (arm_variance + control_variance)
                    / nullif(degrees_of_freedom_part, 0)
        end as degrees_of_freedom,
        skewness,
        control_skewness,
        unadjusted_variance,
        arm_value_variance,
        control_value_variance,
        covariance_of_values
    from judged

    union all

    select
        {{ (keys + ['arm']) | join(', ') }},
        null as control_arm,
        'total' as component,
        'all' as stratum,
        true as is_over_all,
        is_ratio,
        null_reason,
        unit_count,
        case when null_reason = 'no_control' then 0 end as control_unit_count,
        nonzero_unit_count,
        case when null_reason = 'no_control' then 0 end as control_nonzero_unit_count,
        {%- for column in [
            'arm_share', 'control_share', 'arm_value', 'control_value', 'estimate', 'arm_variance', 'control_variance',
            'degrees_of_freedom', 'skewness', 'control_skewness', 'unadjusted_variance', 'arm_value_variance',
            'control_value_variance', 'covariance_of_values',
        ] %}
        null as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from uncompared_arms

),

tested as (

    {{ feedlift.contrast_tests('estimates', confidence) | indent(4) }}

),

final as (

    select
        {{ pair_keys | join(', ') }},
        stratum,
        component,
        is_over_all,
        unit_count,
        control_unit_count,
        arm_share,
        control_share,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        degrees_of_freedom,
        estimate_lower,
        estimate_upper,
        p_value,
        confidence_level,
        approximation_quality,
        null_reason
    from tested

)

select * from final
{% endmacro %}
