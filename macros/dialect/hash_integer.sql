{#-
  One of the two halves of a text's md5 as an integer: 60 bits of it, which every warehouse's bigint holds without a
  sign. hash() and its like are faster and differ between warehouses and versions: a seed would not draw the same again.
-#}
{% macro hash_integer(text, half) %}
  {%- if half not in [1, 2] -%}
    {{ exceptions.raise_compiler_error("hash_integer: half is '" ~ half ~ "'; write 1 or 2.") }}
  {%- endif -%}
  {%- set digits = "substr(md5(" ~ text ~ "), " ~ (1 if half == 1 else 17) ~ ", 15)" -%}
  {{ return(adapter.dispatch('hash_integer', 'feedlift')(digits)) }}
{% endmacro %}


{% macro default__hash_integer(digits) %}
  {{ return("cast(cast('x0' || " ~ digits ~ " as bit(64)) as bigint)") }}
{% endmacro %}


{% macro duckdb__hash_integer(digits) %}
  {{ return("cast('0x' || " ~ digits ~ " as bigint)") }}
{% endmacro %}


{% macro spark__hash_integer(digits) %}
  {{ return("cast(conv(" ~ digits ~ ", 16, 10) as bigint)") }}
{% endmacro %}
