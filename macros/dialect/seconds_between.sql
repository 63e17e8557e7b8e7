{#- Seconds from one timestamp to another, with their fraction. -#}
{% macro seconds_between(earlier, later) %}
  {{ return(adapter.dispatch('seconds_between', 'feedlift')(earlier, later)) }}
{% endmacro %}


{% macro default__seconds_between(earlier, later) %}
  {{ return("cast(extract(epoch from (" ~ later ~ ") - (" ~ earlier ~ ")) as double precision)") }}
{% endmacro %}


{% macro duckdb__seconds_between(earlier, later) %}
  {{ return("(date_diff('microsecond', " ~ earlier ~ ", " ~ later ~ ") / 1e6)") }}
{% endmacro %}


{% macro spark__seconds_between(earlier, later) %}
  {{ return("(cast(" ~ later ~ " as double) - cast(" ~ earlier ~ " as double))") }}
{% endmacro %}
