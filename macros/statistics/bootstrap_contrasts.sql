{#-
  Poisson bootstrap of means and ratios of totals, every arm against control (Chamandy, Muralidharan, Najmi and Naidu
  2012): in each replicate every unit has a Poisson weight w with mean 1 that its key and the seed fix, and an arm's
  value is sum(w y) / sum(w d). Replicate 0 has the weights 1 and is the estimate itself. Units and replicates meet
  only inside an aggregate, so that their product is never stored.
-#}
{% macro bootstrap_contrasts(
  relation, unit, keys, is_control, metrics, replicates, seed, stratum=none, confidence_level=none
) %}
  {%- do feedlift._check_keys('bootstrap_contrasts', keys) -%}
  {%- do feedlift._check_metrics('bootstrap_contrasts', metrics) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set confidence = feedlift._confidence('bootstrap_contrasts', confidence_level) -%}
  {%- set cell_keys = keys + ['arm', 'is_control_arm', 'stratum'] -%}
with units as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ is_control }} as is_control_arm,
        {{ stratum or "'all'" }} as stratum,
        {{ feedlift.random_start(unit, seed) }} as random_start,
        {{ feedlift.random_step(unit, seed) }} as random_step,
        {%- for metric in metrics.values() %}
        cast({{ metric['numerator'] }} as {{ double }}) as y{{ loop.index0 }},
        {%- set denominator = metric['denominator'] if metric.get('denominator') is not none else '1' %}
        cast({{ denominator }} as {{ double }}) as d{{ loop.index0 }}{{ ',' if not loop.last }}
        {%- endfor %}
    from {{ relation }}

),

-- One number for a cell: grouping millions of rows by several texts takes several times as long.
numbered_units as (

    select
        dense_rank() over (order by {{ cell_keys | join(', ') }}) as cell,
        random_start,
        random_step,
        {%- for name in metrics %}
        {%- set i = loop.index0 %}
        case when d{{ i }} is not null then y{{ i }} end as y{{ i }},
        case when y{{ i }} is not null then d{{ i }} end as d{{ i }}{{ ',' if not loop.last }}
        {%- endfor %}
    from units

),

cells as (

    select distinct
        dense_rank() over (order by {{ cell_keys | join(', ') }}) as cell,
        {{ cell_keys | join(', ') }}
    from units

),

{{ feedlift._bootstrap_weights('numbered_units', replicates) }},

wide_totals as (

    select
        cell,
        replicate_number,
        {%- for name in metrics %}
        {%- set i = loop.index0 %}
        count(y{{ i }}) as y{{ i }}_count,
        count(case when y{{ i }} <> 0 then 1 end) as y{{ i }}_nonzero,
        count(case when y{{ i }} is not null and random_start is null then 1 end) as y{{ i }}_unknown,
        sum(case when y{{ i }} is not null then unit_weight end) as y{{ i }}_weight,
        {{ feedlift.precise_sum('unit_weight * y' ~ i) }} as y{{ i }}_total,
        {{ feedlift.precise_sum('unit_weight * d' ~ i) }} as d{{ i }}_total{{ ',' if not loop.last }}
        {%- endfor %}
    from unit_weights
    group by cell, replicate_number

),

totals as (

    {%- for name, metric in metrics.items() %}
    {%- set i = loop.index0 %}
    {{ 'union all' if not loop.first }}
    select
        {{ feedlift._key_columns(cell_keys, 'cells') }},
        {{ feedlift.literals([name]) }} as metric,
        {{ 'true' if metric.get('denominator') is not none else 'false' }} as is_ratio,
        wide_totals.replicate_number,
        wide_totals.y{{ i }}_count as unit_count,
        wide_totals.y{{ i }}_nonzero as nonzero_unit_count,
        wide_totals.y{{ i }}_unknown as unknown_unit_count,
        cast(wide_totals.y{{ i }}_weight as {{ double }}) as weight_total,
        wide_totals.y{{ i }}_total as numerator_total,
        wide_totals.d{{ i }}_total as denominator_total
    from wide_totals
    inner join cells on wide_totals.cell = cells.cell
    {%- endfor %}

),

arm_strata as (

    select
        {{ (keys + ['metric', 'arm', 'is_control_arm', 'stratum']) | join(', ') }},
        is_ratio,
        cast(unit_count as {{ double }}) as unit_count,
        unit_count as known_count,
        nonzero_unit_count,
        unknown_unit_count
    from totals
    where replicate_number = 0

),

{{ feedlift._bootstrap_sides(keys + ['metric']) }},

replicate_values as (

    select
        {{ feedlift._key_columns(keys + ['metric', 'arm', 'control_arm', 'is_control_arm'], 'sides') }},
        totals.replicate_number,
        case
            when
                count(totals.numerator_total) = count(*)
                and min(case when totals.weight_total > 0 then 1 else 0 end) = 1
                then
                    sum({{ feedlift._bootstrap_stratum_weight() }} * totals.numerator_total)
                    / nullif(sum({{ feedlift._bootstrap_stratum_weight() }} * totals.denominator_total), 0)
        end as side_value
    from sides
    inner join totals
        on
            {{ feedlift._keys_match(keys + ['metric', 'stratum', 'is_control_arm'], 'sides', 'totals') }}
            and sides.side_arm = totals.arm
    group by
        {{ feedlift._key_columns(keys + ['metric', 'arm', 'control_arm', 'is_control_arm'], 'sides') }},
        totals.replicate_number

),

{{ feedlift._bootstrap_tests(keys + ['metric'], replicates, confidence) }}

select * from final
{% endmacro %}
