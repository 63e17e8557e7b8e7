{#-
  Columns of the current row as one JSON object in text, nulls included. `prefix` stands before a column's name in the
  row, but not in the object.
-#}
{% macro json_object(columns, prefix='') %}
  {%- set pairs = [] -%}
  {%- for column in columns -%}
    {%- do pairs.append("'" ~ column ~ "', " ~ prefix ~ column) -%}
  {%- endfor -%}
  {{ return(adapter.dispatch('_json_object', 'feedlift')(pairs | join(', '))) }}
{% endmacro %}


{% macro default___json_object(pairs) %}
  {{ return("cast(json_build_object(" ~ pairs ~ ") as " ~ dbt.type_string() ~ ")") }}
{% endmacro %}


{% macro duckdb___json_object(pairs) %}
  {{ return("cast(json_object(" ~ pairs ~ ") as varchar)") }}
{% endmacro %}


{% macro spark___json_object(pairs) %}
  {{ return("to_json(named_struct(" ~ pairs ~ "), map('ignoreNullFields', 'false'))") }}
{% endmacro %}
