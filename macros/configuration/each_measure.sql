{#-
  A list of SQL expressions, one per measure in force, from a template: `{measure}` stands for the measure's name,
  `{type}` for the type of its sums. For select lists: each_measure('sum({measure}) as {measure}').
-#}
{% macro each_measure(template) %}
  {%- set expressions = [] -%}
  {%- for name, measure in feedlift.measures().items() -%}
    {%- set data_type = feedlift.data_type(measure.get('type', 'integer')) -%}
    {%- do expressions.append(template | replace('{measure}', name) | replace('{type}', data_type)) -%}
  {%- endfor -%}
  {{ return(expressions | join(',\n        ')) }}
{% endmacro %}
