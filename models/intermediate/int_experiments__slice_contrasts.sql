{#- A key called `stratum` would be taken for the stratum that arm_estimates weights by. -#}
{%- set keys = ['experiment_id', 'population', 'dimension', 'slice', 'metric'] -%}
{%- set sums = [] -%}
{%- for measure in ['impressions', 'clicked_impressions', 'clicks', 'saves'] -%}
{%- do sums.append(
    'case when unit_measures.' ~ measure ~ ' is not null then coalesce(stratum_measures.' ~ measure ~ ', 0) end as '
    ~ measure
) -%}
{%- endfor -%}
{%- set metrics = {
    'ctr': {'numerator': 'clicked_impressions', 'denominator': 'impressions'},
    'impressions_per_user': {'numerator': 'impressions'},
    'clicks_per_user': {'numerator': 'clicks'},
    'saves_per_user': {'numerator': 'saves'},
} -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

stratum_measures as (

    select * from {{ ref('int_experiments__stratum_measures') }}
    where dimension in ({{ feedlift.literals(['none'] + (feedlift.dimensions('impression') | list)) }})

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

slices as (

    select distinct
        experiment_id,
        population,
        dimension,
        stratum as slice
    from stratum_measures

),

-- Every user in every slice, with zeros where nothing happened: a treatment may change who comes to see a slice, so
-- that those who did are no longer comparable.
unit_slices as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        slices.dimension,
        slices.slice,
        unit_measures.arm,
        unit_measures.phase,
        {{ sums | join(',\n        ') }}
    from unit_measures
    inner join slices
        on unit_measures.experiment_id = slices.experiment_id and unit_measures.population = slices.population
    left join stratum_measures
        on
            unit_measures.experiment_id = stratum_measures.experiment_id
            and unit_measures.population = stratum_measures.population
            and unit_measures.user_id = stratum_measures.user_id
            and slices.dimension = stratum_measures.dimension
            and slices.slice = stratum_measures.stratum

),

moments as (

    {{ feedlift.unit_moments(
        'unit_slices', ['experiment_id', 'population', 'dimension', 'slice', 'arm', 'phase'], metrics,
        center_by=['experiment_id', 'population', 'dimension', 'slice']
    ) | indent(4) }}

),

arm_moments as (

    select
        moments.*,
        arms.is_control
    from moments
    inner join arms on moments.experiment_id = arms.experiment_id and moments.arm = arms.arm

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'arm_moments', keys, 'is_control', "cast(phase as " ~ feedlift.data_type('text') ~ ")"
    ) | indent(4) }}

),

families as (

    select
        *,
        experiment_id || ', ' || population || ': ' || metric || ' by ' || dimension as test_family
    from contrasts

),

adjusted as (

    {{ feedlift.adjusted_p_values('families', ['test_family']) | indent(4) }}

),

final as (

    select
        experiment_id,
        population,
        dimension,
        slice as stratum,
        metric,
        arm,
        control_arm,
        cast(unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control_unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        degrees_of_freedom,
        estimate_lower,
        estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        is_relative_lift_unbounded,
        confidence_level,
        approximation_quality,
        test_family,
        cast(family_size as {{ feedlift.data_type('integer') }}) as family_size,
        p_value_benjamini_hochberg,
        null_reason
    from adjusted

)

select * from final
