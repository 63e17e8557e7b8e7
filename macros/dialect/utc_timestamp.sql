{#- A column with a time zone as a plain timestamp in UTC. -#}
{% macro utc_timestamp(column) %}
  {{ return(adapter.dispatch('utc_timestamp', 'feedlift')(column)) }}
{% endmacro %}


{% macro default__utc_timestamp(column) %}
  {{ return("(" ~ column ~ " at time zone 'UTC')") }}
{% endmacro %}


{#- `at time zone` takes 30 times as long, and raises an error at times near the ends of DuckDB's range. -#}
{% macro duckdb__utc_timestamp(column) %}
  {{ return(
    "case when isfinite(" ~ column ~ ") then make_timestamp(epoch_us(" ~ column ~ ")) else cast(" ~ column
    ~ " as timestamp) end"
  ) }}
{% endmacro %}


{#- Spark's timestamps are instants already. -#}
{% macro spark__utc_timestamp(column) %}
  {{ return(column) }}
{% endmacro %}
