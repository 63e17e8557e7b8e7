{#-
  A level that a macro was called with, or else the setting's. What is no probability would give nulls without a reason
  (95 meaning 0.95), or the error of a language below.
-#}
{% macro _confidence(macro_name, confidence_level) %}
  {%- if confidence_level is none -%}
    {{ return(feedlift.setting('confidence_level')) }}
  {%- endif -%}
  {{ return(feedlift._probability(macro_name, 'confidence_level', confidence_level)) }}
{% endmacro %}


{% macro _probability(macro_name, argument, value) %}
  {%- if value is not number or value is boolean or not (value > 0 and value < 1) -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": " ~ argument ~ " is " ~ feedlift._as_written(value) ~ "; write a number above 0 and below 1, "
      ~ "0.95 for 95 %."
    ) }}
  {%- endif -%}
  {{ return(value) }}
{% endmacro %}


{#- The share of a quantile may be an SQL expression; a number is checked before there is any SQL. -#}
{% macro _check_quantile_argument(macro_name, quantile) %}
  {%- if quantile is number -%}
    {%- do feedlift._probability(macro_name, 'quantile', quantile) -%}
  {%- endif -%}
{% endmacro %}


{#- A word where an SQL expression is wanted would be the name of a column, which maybe even exists. -#}
{% macro _check_expression(macro_name, argument, expression, words) %}
  {%- if expression in words -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": " ~ argument ~ " is an SQL expression, in which " ~ expression ~ " is a column. Write the word "
      ~ "in quotes, \"'" ~ expression ~ "'\"."
    ) }}
  {%- endif -%}
{% endmacro %}


{% macro _as_written(value) %}
  {{ return("'" ~ value ~ "'" if value is string else value) }}
{% endmacro %}
