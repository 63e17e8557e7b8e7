{#-
  Columns for the end of a select list, one per retention measure, from a template in which `{measure}` stands for its
  name. Each starts with a comma, because there may be none.
-#}
{% macro each_retention_measure(template) %}
  {%- set columns = [] -%}
  {%- for measure in feedlift.retention_measures() -%}
    {%- do columns.append(',\n        ' ~ (template | replace('{measure}', measure))) -%}
  {%- endfor -%}
  {{ return(columns | join('')) }}
{% endmacro %}
