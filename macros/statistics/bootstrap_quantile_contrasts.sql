{#-
  Poisson bootstrap of a quantile of observations, every arm against control, the weights by unit: the smallest
  observation with at least the share p of the weight at or below it, as in quantile_estimates. Only the weights of
  distinct values are kept for every replicate.
-#}
{% macro bootstrap_quantile_contrasts(
  relation, unit, keys, is_control, value, quantile, replicates, seed, stratum=none, confidence_level=none
) %}
  {%- do feedlift._check_keys('bootstrap_quantile_contrasts', keys) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set confidence = feedlift._confidence('bootstrap_quantile_contrasts', confidence_level) -%}
  {%- do feedlift._check_quantile_argument('bootstrap_quantile_contrasts', quantile) -%}
  {%- set cell_keys = keys + ['arm', 'is_control_arm', 'stratum'] -%}
  {%- set side_keys = keys + ['arm', 'control_arm', 'is_control_arm'] -%}
with observations as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ is_control }} as is_control_arm,
        {{ stratum or "'all'" }} as stratum,
        {{ unit }} as unit,
        cast({{ value }} as {{ double }}) as value,
        case when {{ quantile }} > 0 and {{ quantile }} < 1 then cast({{ quantile }} as {{ double }}) end as quantile
    from {{ relation }}

),

numbered_observations as (

    select
        dense_rank() over (order by {{ cell_keys | join(', ') }}) as cell,
        unit,
        value,
        quantile
    from observations

),

cells as (

    select distinct
        dense_rank() over (order by {{ cell_keys | join(', ') }}) as cell,
        {{ cell_keys | join(', ') }}
    from observations

),

counted_values as (

    select
        cell,
        unit,
        value,
        count(*) as observation_count
    from numbered_observations
    where value is not null
    group by cell, unit, value

),

units as (

    select
        cell,
        unit,
        max(quantile) as quantile,
        count(value) as observation_count,
        {{ feedlift.random_start('unit', seed) }} as random_start,
        {{ feedlift.random_step('unit', seed) }} as random_step
    from numbered_observations
    group by cell, unit

),

{{ feedlift._bootstrap_weights('units', replicates) }},

cell_weights as (

    select
        cell,
        replicate_number,
        max(quantile) as quantile,
        count(*) as unit_count,
        sum(case when observation_count > 0 then 1 else 0 end) as known_count,
        count(case when observation_count > 0 and random_start is null then 1 end) as unknown_unit_count,
        cast(sum(unit_weight) as {{ double }}) as weight_total
    from unit_weights
    group by cell, replicate_number

),

totals as (

    select
        {{ feedlift._key_columns(cell_keys, 'cells') }},
        cell_weights.cell,
        cell_weights.replicate_number,
        cell_weights.quantile,
        cell_weights.unit_count,
        cell_weights.known_count,
        cell_weights.unknown_unit_count,
        cell_weights.weight_total
    from cell_weights
    inner join cells on cell_weights.cell = cells.cell

),

arm_strata as (

    select
        {{ cell_keys | join(', ') }},
        false as is_ratio,
        cast(unit_count as {{ double }}) as unit_count,
        known_count,
        known_count as nonzero_unit_count,
        unknown_unit_count
    from totals
    where replicate_number = 0

),

{{ feedlift._bootstrap_sides(keys) }},

weighted_sides as (

    select
        {{ feedlift._key_columns(side_keys, 'sides') }},
        totals.cell,
        totals.replicate_number,
        totals.quantile,
        {{ feedlift._bootstrap_stratum_weight() }} as stratum_weight
    from sides
    inner join totals
        on
            {{ feedlift._keys_match(keys + ['stratum', 'is_control_arm'], 'sides', 'totals') }}
            and sides.side_arm = totals.arm

),

-- In a stratum whose units all have the weight 0, the stratum's distribution is unknown, and so is the arm's.
known_sides as (

    select
        {{ side_keys | join(', ') }},
        replicate_number,
        max(quantile) as quantile
    from weighted_sides
    group by {{ side_keys | join(', ') }}, replicate_number
    having count(stratum_weight) = count(*)

),

value_weights as (

    select
        unit_weights.cell,
        unit_weights.replicate_number,
        counted_values.value,
        sum(unit_weights.unit_weight * counted_values.observation_count) as weight
    from unit_weights
    inner join counted_values
        on unit_weights.cell = counted_values.cell and unit_weights.unit = counted_values.unit
    where unit_weights.unit_weight > 0
    group by unit_weights.cell, unit_weights.replicate_number, counted_values.value

),

side_values as (

    select
        {{ feedlift._key_columns(side_keys, 'weighted_sides') }},
        weighted_sides.replicate_number,
        value_weights.value,
        sum(weighted_sides.stratum_weight * value_weights.weight) as weight
    from weighted_sides
    inner join value_weights
        on
            weighted_sides.cell = value_weights.cell
            and weighted_sides.replicate_number = value_weights.replicate_number
    group by
        {{ feedlift._key_columns(side_keys, 'weighted_sides') }}, weighted_sides.replicate_number, value_weights.value

),

distribution as (

    select
        {{ side_keys | join(', ') }},
        replicate_number,
        value,
        sum(weight) over (
            partition by {{ side_keys | join(', ') }}, replicate_number order by value rows unbounded preceding
        ) as cumulative_weight,
        sum(weight) over (partition by {{ side_keys | join(', ') }}, replicate_number) as total_weight
    from side_values

),

replicate_quantiles as (

    select
        {{ feedlift._key_columns(side_keys, 'known_sides') }},
        known_sides.replicate_number,
        min(distribution.value) as side_value
    from known_sides
    inner join distribution
        on
            {{ feedlift._keys_match(side_keys, 'known_sides', 'distribution') }}
            and known_sides.replicate_number = distribution.replicate_number
    where {{ feedlift._reaches_share('distribution', 'known_sides.quantile') }}
    group by {{ feedlift._key_columns(side_keys, 'known_sides') }}, known_sides.replicate_number

),

all_replicates as (

    select distinct
        {{ side_keys | join(', ') }},
        replicate_number
    from weighted_sides

),

replicate_values as (

    select
        {{ feedlift._key_columns(side_keys, 'all_replicates') }},
        all_replicates.replicate_number,
        replicate_quantiles.side_value
    from all_replicates
    left join replicate_quantiles
        on
            {{ feedlift._keys_match(side_keys, 'all_replicates', 'replicate_quantiles') }}
            and all_replicates.replicate_number = replicate_quantiles.replicate_number

),

{{ feedlift._bootstrap_tests(keys, replicates, confidence, undefined_reason='quantile_not_between_0_and_1') }}

select * from final
{% endmacro %}
