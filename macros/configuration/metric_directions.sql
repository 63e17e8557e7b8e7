{#- The metrics in force and the direction each is wanted to go in, as a query with one row per metric. -#}
{% macro metric_directions() %}
  {%- set queries = [] -%}
  {%- for name, metric in feedlift.metrics().items() -%}
    {%- do queries.append(
      "select '" ~ name ~ "' as metric, '" ~ metric.get('desired_direction', 'increase') ~ "' as desired_direction"
    ) -%}
  {%- endfor -%}
  {{ return(queries | join('\n    union all\n    ')) }}
{% endmacro %}
