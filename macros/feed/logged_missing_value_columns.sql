{#-
  For every column of missing_value_columns, and for the times of receipt, whether it is logged, as columns for a select
  list over stg_feed__logged_columns.
-#}
{% macro logged_missing_value_columns() %}
  {%- set columns = [] -%}
  {%- for table, optional_columns in feedlift.missing_value_columns().items() -%}
    {%- for column in optional_columns + ['received_at'] -%}
      {%- do columns.append(
        "count(case when raw_table = 'raw_" ~ table ~ "' and column_name = '" ~ column ~ "' then 1 end) > 0 as "
        ~ table ~ "_have_" ~ column
      ) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
