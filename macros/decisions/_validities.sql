{#-
  The CTE `validities`: whether the effects of an experiment may be read, by population. A treatment that changes who is
  exposed invalidates the triggered analysis, not the one of everybody assigned.
-#}
{% macro _validities() -%}
validities as (

    select
        experiment_id,
        'assigned' as population,
        assigned_invalid_reason as invalid_reason,
        assigned_invalid_reason is null as is_valid
    from {{ ref('experiment_validity') }}

    union all

    select
        experiment_id,
        'exposed' as population,
        exposed_invalid_reason as invalid_reason,
        exposed_invalid_reason is null as is_valid
    from {{ ref('experiment_validity') }}

)
{%- endmacro %}
