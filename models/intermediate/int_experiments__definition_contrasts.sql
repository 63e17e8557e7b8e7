{%- set keys = ['experiment_id', 'population', 'definition', 'metric'] -%}
{%- set figures = [
    'arm_value', 'control_value', 'estimate', 'estimate_se', 'degrees_of_freedom', 'estimate_lower', 'estimate_upper',
    'p_value', 'relative_lift', 'relative_lift_lower', 'relative_lift_upper',
] -%}
{%- set rates = feedlift.impression_rates() -%}
{%- set numerators = rates.values() | unique | reject('equalto', 'clicked_impressions') | sort -%}
{%- set metrics = {} -%}
{%- for name, numerator in rates.items() -%}
{%- do metrics.update({name: {'numerator': numerator, 'denominator': 'impressions'}}) -%}
{%- endfor -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

user_sums as (
    {%- for definition in ['logged', 'rendered', 'viewport'] %}

    select
        experiment_id,
        population,
        user_id,
        arm,
        phase,
        '{{ definition }}' as definition,
        {%- for numerator in numerators %}
        {{ numerator }},
        {%- endfor %}
        {{ definition }}_impressions as impressions,
        clicked_{{ definition }}_impressions as clicked_impressions
    from unit_measures
    {{- '\n\n    union all' if not loop.last }}
    {%- endfor %}

),

unit_sums as (

    select
        user_sums.experiment_id,
        user_sums.population,
        user_sums.definition,
        user_sums.arm,
        arms.is_control,
        user_sums.phase,
        coalesce(clusters.cluster_id, user_sums.user_id) as randomised_unit_id,
        {%- for numerator in numerators %}
        sum(user_sums.{{ numerator }}) as {{ numerator }},
        {%- endfor %}
        sum(user_sums.impressions) as impressions,
        sum(user_sums.clicked_impressions) as clicked_impressions
    from user_sums
    inner join arms on user_sums.experiment_id = arms.experiment_id and user_sums.arm = arms.arm
    left join clusters
        on user_sums.experiment_id = clusters.experiment_id and user_sums.user_id = clusters.user_id
    group by
        user_sums.experiment_id,
        user_sums.population,
        user_sums.definition,
        user_sums.arm,
        arms.is_control,
        user_sums.phase,
        coalesce(clusters.cluster_id, user_sums.user_id)

),

moments as (

    {{ feedlift.unit_moments(
        'unit_sums',
        group_by=keys[:3] + ['arm', 'is_control', 'phase'],
        metrics=metrics,
        center_by=keys[:3],
    ) | indent(4) }}

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

),

judged as (

    {{ feedlift._with_cluster_problems('contrasts') | indent(4) }}

),

shown as (

    select
        experiment_id,
        population,
        metric,
        definition,
        arm,
        control_arm,
        unit_count,
        control_unit_count,
        is_relative_lift_unbounded,
        approximation_quality,
        confidence_level,
        {%- for figure in figures %}
        case when cluster_problem is null then {{ figure }} end as {{ figure }},
        {%- endfor %}
        coalesce(cluster_problem, null_reason) as null_reason,
        definition = '{{ feedlift.impression_definition() }}' as is_configured_definition
    from judged
    where control_arm is not null

),

concluded as (

    select
        *,
        case
            when p_value < 1 - confidence_level and estimate > 0 then 'increase'
            when p_value < 1 - confidence_level then 'decrease'
            when p_value is not null then 'not_significant'
        end as conclusion
    from shown

),

final as (

    select
        *,
        conclusion = max(case when is_configured_definition then conclusion end) over (
            partition by experiment_id, population, metric, arm
        ) as agrees_with_configured_definition
    from concluded

)

select * from final
