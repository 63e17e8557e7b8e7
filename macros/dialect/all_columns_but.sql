{#-
  `*` without the columns that the query makes itself, whether or not the relation has them. DuckDB would keep both of a
  name, rename the second, and let every later step read the first: the relation's figure, not the one just made.
  Elsewhere two columns of one name stop the query, and leaving out a column that may not exist is no expression there.
-#}
{% macro all_columns_but(names) %}
  {{ return(adapter.dispatch('all_columns_but', 'feedlift')(names)) }}
{% endmacro %}


{% macro default__all_columns_but(names) %}
  {{ return('*') }}
{% endmacro %}


{% macro duckdb__all_columns_but(names) %}
  {{ return(
    'columns(lambda column_name: lower(column_name) not in (' ~ feedlift.literals(names | map('lower')) ~ '))'
  ) }}
{% endmacro %}
