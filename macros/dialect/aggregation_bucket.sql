{#-
  SQL expression for the bucket, one of a few, in which a row of a large table is aggregated before buckets are merged,
  or none where the warehouse has nothing to gain.
-#}
{% macro aggregation_bucket(columns, row_count) %}
  {{ return(adapter.dispatch('aggregation_bucket', 'feedlift')(columns, row_count)) }}
{% endmacro %}


{% macro default__aggregation_bucket(columns, row_count) %}
  {{ return(none) }}
{% endmacro %}


{#-
  In DuckDB's var_samp() and covar_samp() each row waits until the one before it in the group is divided by the count;
  four groups in the place of one take turns, and eight are no faster. A small table would only have more groups.
-#}
{% macro duckdb__aggregation_bucket(columns, row_count) %}
  {{ return("case when " ~ row_count ~ " >= 100000 then " ~ feedlift.row_hash(columns) ~ " % 4 end") }}
{% endmacro %}
