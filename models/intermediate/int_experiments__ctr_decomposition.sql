{%- set keys = ['experiment_id', 'population', 'dimension'] -%}
{%- set kept = [
    'stratum', 'component', 'is_over_all', 'unit_count', 'control_unit_count', 'confidence_level',
    'approximation_quality',
] -%}
{%- set figures = [
    'arm_share', 'control_share', 'arm_value', 'control_value', 'estimate', 'estimate_se', 'degrees_of_freedom',
    'estimate_lower', 'estimate_upper', 'p_value',
] -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

stratum_measures as (

    select * from {{ ref('int_experiments__stratum_measures') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

dimensions as (

    select 'none' as dimension
    where 1 = 0
    {%- for name in feedlift.definitions('dimensions') %}
    union all
    select '{{ name }}' as dimension
    {%- endfor %}

),

-- Who did nothing has a row in every dimension, of zeros.
unit_strata as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        dimensions.dimension,
        unit_measures.arm,
        arms.is_control,
        unit_measures.phase,
        coalesce(clusters.cluster_id, unit_measures.user_id) as randomised_unit_id,
        coalesce(stratum_measures.stratum, 'unknown') as stratum,
        case
            when unit_measures.clicked_impressions is not null then coalesce(stratum_measures.clicked_impressions, 0)
        end as clicked_impressions,
        case when unit_measures.impressions is not null then coalesce(stratum_measures.impressions, 0) end
            as impressions
    from unit_measures
    inner join arms
        on unit_measures.experiment_id = arms.experiment_id and unit_measures.arm = arms.arm
    cross join dimensions
    left join stratum_measures
        on
            unit_measures.experiment_id = stratum_measures.experiment_id
            and unit_measures.population = stratum_measures.population
            and unit_measures.user_id = stratum_measures.user_id
            and dimensions.dimension = stratum_measures.dimension
    left join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id

),

decomposed as (

    {{ feedlift.ratio_decomposition(
        'unit_strata',
        unit='randomised_unit_id',
        stratum='stratum',
        keys=keys,
        is_control='is_control',
        numerator='clicked_impressions',
        denominator='impressions',
        phase='phase',
    ) | indent(4) }}

),

judged as (

    {{ feedlift._with_cluster_problems('decomposed') | indent(4) }}

),

final as (

    select
        {{ (keys + ['arm', 'control_arm'] + kept) | join(', ') }},
        {%- for figure in figures %}
        case when cluster_problem is null then {{ figure }} end as {{ figure }},
        {%- endfor %}
        coalesce(cluster_problem, null_reason) as null_reason
    from judged

)

select * from final
