{#-
  The words after `as` that keep a CTE which is read twice from being kept in memory in between: reading a table again
  costs less than a copy of it. Spark never keeps one.
-#}
{% macro not_materialized() %}
  {{ return(adapter.dispatch('not_materialized', 'feedlift')()) }}
{% endmacro %}


{% macro default__not_materialized() %}
  {{ return('not materialized') }}
{% endmacro %}


{% macro spark__not_materialized() %}
  {{ return('') }}
{% endmacro %}
