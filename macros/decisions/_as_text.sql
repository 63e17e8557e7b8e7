{#-
  Numbers for sentences. round(x, n) is not to be had for doubles on Postgres, and a cast of a double shows seventeen
  digits: the number of units of the last place is a whole one. That place depends on the number, or a rate of one in a
  hundred thousand would read 0.0.
-#}
{% macro _rounded_text(expression, units) %}
  {%- set text = feedlift.data_type('text') -%}
  {{ return(
    "case when abs(" ~ expression ~ ") < 1e9 then cast(cast(round((" ~ expression ~ ") * " ~ units ~ ") as "
    ~ feedlift.data_type('integer') ~ ") / " ~ units ~ " as " ~ text ~ ") else cast(" ~ expression ~ " as " ~ text
    ~ ") end"
  ) }}
{% endmacro %}


{% macro _significant_units(expression, digits, decimals) %}
  {{ return(
    "power(1e1, coalesce(least(greatest(" ~ (digits - 1) ~ " - floor(ln(nullif(abs(" ~ expression
    ~ "), 0)) / ln(1e1)), " ~ decimals ~ "), 15), " ~ decimals ~ "))"
  ) }}
{% endmacro %}


{#- Four significant digits, and never fewer than those before the point. -#}
{% macro _number_text(expression) %}
  {{ return(feedlift._rounded_text(expression, feedlift._significant_units(expression, 4, 0))) }}
{% endmacro %}


{#- One decimal, below 1 % two significant digits. -#}
{% macro _unsigned_percent_text(expression) %}
  {%- set percent = '(' ~ expression ~ ') * 100' -%}
  {{ return(feedlift._rounded_text(percent, feedlift._significant_units(percent, 2, 1)) ~ " || ' %'") }}
{% endmacro %}


{% macro _percent_text(expression) %}
  {{ return(
    "case when " ~ expression ~ " > 0 then '+' else '' end || " ~ feedlift._unsigned_percent_text(expression)
  ) }}
{% endmacro %}


{% macro _whole_text(expression) %}
  {{ return(
    "cast(cast(ceil(" ~ expression ~ ") as " ~ feedlift.data_type('integer') ~ ") as " ~ feedlift.data_type('text')
    ~ ")"
  ) }}
{% endmacro %}


{#- A wait of thousands of years is no forecast to the day. -#}
{% macro _days_text(expression) %}
  {{ return(
    "case when " ~ expression ~ " > 3.6525e3 then 'more than ten years' else 'about ' || "
    ~ feedlift._whole_text(expression) ~ " || ' more days' end"
  ) }}
{% endmacro %}
