{#-
  The word after `as` that keeps a CTE from being merged into the query that reads it. Postgres pastes a column's
  expression wherever the outer query names it, which multiplies a long one. Spark has no such word and keeps
  expensive columns apart by itself.
-#}
{% macro materialized() %}
  {{ return(adapter.dispatch('materialized', 'feedlift')()) }}
{% endmacro %}


{% macro default__materialized() %}
  {{ return('materialized') }}
{% endmacro %}


{% macro spark__materialized() %}
  {{ return('') }}
{% endmacro %}
