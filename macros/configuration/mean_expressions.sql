{#- The metrics in force of type mean, as the expressions unit_moments takes. -#}
{% macro mean_expressions() %}
  {%- set expressions = {} -%}
  {%- set means = feedlift.metrics_of_type('mean') -%}
  {%- for name, expression in feedlift.metric_expressions().items() if name in means -%}
    {%- do expressions.update({name: expression}) -%}
  {%- endfor -%}
  {{ return(expressions) }}
{% endmacro %}
