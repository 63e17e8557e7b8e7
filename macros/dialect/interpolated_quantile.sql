{#- Aggregate expression for a quantile, interpolated between the two values nearest to it; nulls are passed over. -#}
{% macro interpolated_quantile(expression, quantile) %}
  {{ return(adapter.dispatch('interpolated_quantile', 'feedlift')(expression, quantile)) }}
{% endmacro %}


{% macro default__interpolated_quantile(expression, quantile) %}
  {{ return("percentile_cont(" ~ quantile ~ ") within group (order by " ~ expression ~ ")") }}
{% endmacro %}


{% macro duckdb__interpolated_quantile(expression, quantile) %}
  {{ return("quantile_cont(" ~ expression ~ ", " ~ quantile ~ ")") }}
{% endmacro %}


{% macro spark__interpolated_quantile(expression, quantile) %}
  {{ return("percentile(" ~ expression ~ ", " ~ quantile ~ ")") }}
{% endmacro %}
