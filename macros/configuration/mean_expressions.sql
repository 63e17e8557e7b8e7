{#- The metrics in force of type mean, as the expressions unit_moments takes. -#}
{% macro mean_expressions() %}
  {%- set expressions = {} -%}
  {%- for name, expression in feedlift.metric_expressions().items() if name in feedlift.metrics_of_type('mean') -%}
    {%- do expressions.update({name: expression}) -%}
  {%- endfor -%}
  {{ return(expressions) }}
{% endmacro %}
