{#- Aggregate expression for a sum whose rounding does not grow with the number of rows; exact for whole numbers. -#}
{% macro precise_sum(expression) %}
  {{ return(adapter.dispatch('precise_sum', 'feedlift')(expression)) }}
{% endmacro %}


{% macro default__precise_sum(expression) %}
  {{ return("sum(" ~ expression ~ ")") }}
{% endmacro %}


{#- fsum() carries the rounding along (Kahan 1965), as favg() does in precise_mean. -#}
{% macro duckdb__precise_sum(expression) %}
  {{ return("fsum(" ~ expression ~ ")") }}
{% endmacro %}
