{#-
  For every measure whether all the raw columns it requires are logged, as columns for a select list over
  stg_feed__logged_columns.
-#}
{% macro logged_measures() %}
  {%- set columns = [] -%}
  {%- for name, measure in feedlift.measures().items() -%}
    {%- set required = [] -%}
    {%- for column in measure.get('requires', []) -%}
      {%- do required.append('raw_' ~ column) -%}
    {%- endfor -%}
    {%- do columns.append(
      "count(case when raw_table || '.' || column_name in (" ~ feedlift.literals(required) ~ ") then 1 end) = "
      ~ (required | length) ~ " as is_" ~ name ~ "_logged"
    ) -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
