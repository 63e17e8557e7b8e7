{#- Metrics as columns, from rows of `metric` and `arm_value`, for a select list that groups them. -#}
{% macro pivoted_metrics(metrics) %}
  {%- set columns = [] -%}
  {%- for metric in metrics -%}
    {%- do columns.append("max(case when metric = '" ~ metric ~ "' then arm_value end) as " ~ metric) -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
