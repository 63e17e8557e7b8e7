{#- Aggregate expression for a mean whose rounding does not grow with the number of rows. -#}
{% macro precise_mean(expression) %}
  {{ return(adapter.dispatch('precise_mean', 'feedlift')(expression)) }}
{% endmacro %}


{% macro default__precise_mean(expression) %}
  {{ return("avg(" ~ expression ~ ")") }}
{% endmacro %}


{#- A plain sum of a million values around 1e9 is off by a hundredth of the mean's standard error where their spread is
    1; favg() carries the rounding along (Kahan 1965). -#}
{% macro duckdb__precise_mean(expression) %}
  {{ return("favg(" ~ expression ~ ")") }}
{% endmacro %}
