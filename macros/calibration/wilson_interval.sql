{#-
  One end of Wilson's interval of a proportion, as a scalar expression. The exact interval of Clopper and Pearson takes
  quantiles of the beta distribution, which no warehouse has; with a hundred trials and more the two are close.
-#}
{% macro wilson_interval(end, hits, trials, z) %}
  {%- if end not in ['lower', 'upper'] -%}
    {{ exceptions.raise_compiler_error("wilson_interval: end is '" ~ end ~ "'; write lower or upper.") }}
  {%- endif -%}
  {%- set n = "nullif(cast(" ~ trials ~ " as " ~ feedlift.data_type('double') ~ "), 0)" -%}
  {%- set p = "(" ~ hits ~ ") / " ~ n -%}
  {%- set z = "(" ~ z ~ ")" -%}
  {%- set z2 = z ~ " * " ~ z -%}
  {{ return(
    "((" ~ p ~ " + " ~ z2 ~ " / (2 * " ~ n ~ ") " ~ ('-' if end == 'lower' else '+') ~ " " ~ z ~ " * sqrt((" ~ p
    ~ ") * (1 - " ~ p ~ ") / " ~ n ~ " + " ~ z2 ~ " / (4 * " ~ n ~ " * " ~ n ~ "))) / (1 + " ~ z2 ~ " / " ~ n ~ "))"
  ) }}
{% endmacro %}
