{%- set metrics = feedlift.metrics_of_type('concentration') -%}
{%- set is_small = {} -%}
{%- for grade, observations in [('poor', 2), ('doubtful', 5)] -%}
{%- set condition -%}
{{ feedlift._quality_is('approximation_quality', grade) }}
            or (
                measure = 'gini'
                and (
                    observation_count < {{ observations }} * entity_count
                    or control_observation_count < {{ observations }} * entity_count
                )
            )
{%- endset -%}
{%- do is_small.update({grade: condition}) -%}
{%- endfor -%}
with estimates as (

    select * from {{ ref('int_experiments__concentration_estimates') }}

),

tested as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

),

-- Where few observations share many entities, their ranks are made by the users whose deviations are measured.
final as (

    select
        experiment_id,
        population,
        arm,
        control_arm,
        entity_type,
        measure,
        case
            when measure <> 'herfindahl_hirschman_index' then null
            {%- for entity_type in feedlift.concentration_entities() %}
            {%- set names = [] %}
            {%- for name, metric in metrics.items() if metric['entity'] == entity_type %}
            {%- do names.append(name) %}
            {%- endfor %}
            {%- if names %}
            when entity_type = '{{ entity_type }}' then '{{ names[0] }}'
            {%- endif %}
            {%- endfor %}
            else cast(null as {{ feedlift.data_type('text') }})
        end as metric,
        cast(unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control_unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        observation_count as impression_count,
        control_observation_count as control_impression_count,
        entity_count,
        shown_entity_count,
        control_shown_entity_count,
        case when measure = 'top_share' then top_entity_count end as top_entity_count,
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
        {{ feedlift._approximation_quality(is_small['poor'], is_small['doubtful']) }} as approximation_quality,
        null_reason
    from tested

)

select * from final
