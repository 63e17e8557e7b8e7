{#-
  The CTE `validities`: whether the effects of an experiment may be read, by population. A treatment that changes who is
  exposed invalidates the triggered analysis, not the one of everybody assigned.
-#}
{% macro _validities() -%}
validities as (
    {%- for population in ['assigned', 'exposed'] %}
    {{ 'union all\n' if not loop.first }}
    select
        experiment_id,
        '{{ population }}' as population,
        {{ population }}_invalid_reason as invalid_reason,
        {{ population }}_invalid_reason is null as is_valid
    from {{ ref('experiment_validity') }}
    {%- endfor %}

)
{%- endmacro %}
