{#- The names of the metrics in force, as a query with one row per metric. -#}
{% macro metric_names() %}
  {%- set queries = [] -%}
  {%- for name in feedlift.metrics() -%}
    {%- do queries.append("select '" ~ name ~ "' as metric") -%}
  {%- endfor -%}
  {{ return(queries | join('\n    union all\n    ')) }}
{% endmacro %}
