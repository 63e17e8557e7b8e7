{#-
  For every measure whether all the raw columns and engagement types it requires are logged, as columns for a select
  list over stg_feed__logged_columns.
-#}
{% macro logged_measures() %}
  {%- set unlogged_types = feedlift.unlogged_engagement_types() -%}
  {%- set columns = [] -%}
  {%- for name, measure in feedlift.measures().items() -%}
    {%- set required = [] -%}
    {%- set missing = [] -%}
    {%- for requirement in measure.get('requires', []) -%}
      {%- set table, column = requirement.split('.') -%}
      {%- if table != 'engagement_type' -%}
        {%- do required.append('raw_' ~ requirement) -%}
      {%- elif column in unlogged_types -%}
        {%- do missing.append(column) -%}
      {%- endif -%}
    {%- endfor -%}
    {%- do columns.append(
      "count(case when raw_table || '.' || column_name in (" ~ feedlift.literals(required) ~ ") then 1 end) = "
      ~ (required | length if not missing else -1) ~ " as is_" ~ name ~ "_logged"
    ) -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
