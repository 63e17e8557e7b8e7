{#-
  Fieller's interval of a ratio of two estimates m1 / m0 that may covary: the ratios r for which m1 - r m0 is within t
  of its standard errors of zero (Fieller 1954, "Some problems in interval estimation"). `end` is lower or upper. Null
  where the interval is unbounded: m0 within t standard errors of zero.
  The discriminant is written as t^2 (v1 m0^2 + v0 m1^2 - 2 c m1 m0) - t^4 (v1 v0 - c^2): the textbook form subtracts
  nearly equal squares. Of an unknown v1, which stands nowhere else, greatest() would make both ends the same number.
-#}
{% macro ratio_interval(
  end, numerator, numerator_variance, denominator, denominator_variance, t, covariance='0e0'
) %}
  {%- set m1 = "(" ~ numerator ~ ")" -%}
  {%- set v1 = "(" ~ numerator_variance ~ ")" -%}
  {%- set m0 = "(" ~ denominator ~ ")" -%}
  {%- set v0 = "(" ~ denominator_variance ~ ")" -%}
  {%- set c = "(" ~ covariance ~ ")" -%}
  {%- set t2 = "((" ~ t ~ ") * (" ~ t ~ "))" -%}
  {%- if end not in ['lower', 'upper'] -%}
    {{ exceptions.raise_compiler_error("ratio_interval: end is '" ~ end ~ "'; write lower or upper.") }}
  {%- endif -%}
  {%- set sign = '-' if end == 'lower' else '+' -%}
  {%- set discriminant = v1 ~ " * " ~ m0 ~ " * " ~ m0 ~ " + " ~ v0 ~ " * " ~ m1 ~ " * " ~ m1 ~ " - 2 * " ~ c ~ " * "
    ~ m1 ~ " * " ~ m0 ~ " - " ~ t2 ~ " * (" ~ v1 ~ " * " ~ v0 ~ " - " ~ c ~ " * " ~ c ~ ")" -%}
  {{ return(
    "case when " ~ v1 ~ " is not null and " ~ m0 ~ " * " ~ m0 ~ " > " ~ t2 ~ " * " ~ v0 ~ " then ("
    ~ m1 ~ " * " ~ m0 ~ " - " ~ t2 ~ " * " ~ c ~ " " ~ sign ~ " (" ~ t
    ~ ") * sqrt(greatest(" ~ discriminant ~ ", 0e0))) / (" ~ m0 ~ " * " ~ m0
    ~ " - " ~ t2 ~ " * " ~ v0 ~ ") end"
  ) }}
{% endmacro %}
