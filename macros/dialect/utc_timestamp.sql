{#- A column with a time zone as a plain timestamp in UTC. -#}
{% macro utc_timestamp(column) %}
  {{ return(adapter.dispatch('utc_timestamp', 'feedlift')(column)) }}
{% endmacro %}


{% macro default__utc_timestamp(column) %}
  {{ return("(" ~ column ~ " at time zone 'UTC')") }}
{% endmacro %}


{#- Spark's timestamps are instants already. -#}
{% macro spark__utc_timestamp(column) %}
  {{ return(column) }}
{% endmacro %}
