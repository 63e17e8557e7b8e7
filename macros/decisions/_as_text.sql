{#-
  Numbers for sentences. round(x, n) is not to be had for doubles on Postgres, and a cast of a double shows seventeen
  digits: the number of units of the last place is a whole one.
-#}
{% macro _rounded_text(expression, units) %}
  {%- set text = feedlift.data_type('text') -%}
  {{ return(
    "case when abs(" ~ expression ~ ") < 1e9 then cast(cast(round((" ~ expression ~ ") * " ~ units ~ ") as "
    ~ feedlift.data_type('integer') ~ ") / " ~ units ~ " as " ~ text ~ ") else cast(" ~ expression ~ " as " ~ text
    ~ ") end"
  ) }}
{% endmacro %}


{% macro _number_text(expression) %}
  {{ return(feedlift._rounded_text(expression, '1e4')) }}
{% endmacro %}


{% macro _percent_text(expression) %}
  {{ return(
    "case when " ~ expression ~ " > 0 then '+' else '' end || "
    ~ feedlift._rounded_text('(' ~ expression ~ ') * 100', '1e1') ~ " || ' %'"
  ) }}
{% endmacro %}


{% macro _whole_text(expression) %}
  {{ return(
    "cast(cast(ceil(" ~ expression ~ ") as " ~ feedlift.data_type('integer') ~ ") as " ~ feedlift.data_type('text')
    ~ ")"
  ) }}
{% endmacro %}
