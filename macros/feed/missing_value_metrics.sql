{#-
  Shares of rows that lack a value or came late, as metrics for unit_moments over int_experiments__missing_values. Per
  row and not per user: a treatment that makes people busier gives them more rows to lack something.
-#}
{% macro missing_value_metrics() %}
  {%- set metrics = {'late_rows': {'numerator': 'late_row_count', 'denominator': 'row_count'}} -%}
  {%- for table, columns in feedlift.missing_value_columns().items() -%}
    {%- for column in columns -%}
      {%- set name = table ~ '_without_' ~ column -%}
      {%- do metrics.update({name: {'numerator': name ~ '_count', 'denominator': table ~ '_count'}}) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}
