{#- The metrics in force that are of one type, by their names. -#}
{% macro metrics_of_type(type) %}
  {%- set metrics = {} -%}
  {%- for name, metric in feedlift.metrics().items() if metric['type'] == type -%}
    {%- do metrics.update({name: metric}) -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}
