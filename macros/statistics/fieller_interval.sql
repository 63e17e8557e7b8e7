{#-
  Fieller's interval of a ratio of two means, minus one: the relative lift. `end` is lower or upper, `t` the quantile of
  the absolute test, so that the interval excludes 0 exactly when that test rejects. Null when the interval is unbounded
  (control mean within t standard errors of zero) or the control mean is not positive
  (Fieller 1954, "Some problems in interval estimation").
  The discriminant is written as t^2 (v1 m0^2 + v0 m1^2 - 2 c m1 m0) - t^4 (v1 v0 - c^2): the textbook form subtracts
  nearly equal squares.
-#}
{% macro fieller_interval(end, arm_mean, arm_variance, control_mean, control_variance, t, covariance='0e0') %}
  {%- set m1 = "(" ~ arm_mean ~ ")" -%}
  {%- set v1 = "(" ~ arm_variance ~ ")" -%}
  {%- set m0 = "(" ~ control_mean ~ ")" -%}
  {%- set v0 = "(" ~ control_variance ~ ")" -%}
  {%- set c = "(" ~ covariance ~ ")" -%}
  {%- set t2 = "((" ~ t ~ ") * (" ~ t ~ "))" -%}
  {%- if end not in ['lower', 'upper'] -%}
    {{ exceptions.raise_compiler_error("fieller_interval: end is '" ~ end ~ "'; write lower or upper.") }}
  {%- endif -%}
  {%- set sign = '-' if end == 'lower' else '+' -%}
  {%- set discriminant = v1 ~ " * " ~ m0 ~ " * " ~ m0 ~ " + " ~ v0 ~ " * " ~ m1 ~ " * " ~ m1 ~ " - 2 * " ~ c ~ " * "
    ~ m1 ~ " * " ~ m0 ~ " - " ~ t2 ~ " * (" ~ v1 ~ " * " ~ v0 ~ " - " ~ c ~ " * " ~ c ~ ")" -%}
  {{ return(
    "case when " ~ m0 ~ " > 0 and " ~ m0 ~ " * " ~ m0 ~ " > " ~ t2 ~ " * " ~ v0 ~ " then (" ~ m1 ~ " * " ~ m0 ~ " - "
    ~ t2 ~ " * " ~ c ~ " " ~ sign ~ " (" ~ t ~ ") * sqrt(greatest(" ~ discriminant ~ ", 0e0))) / (" ~ m0 ~ " * " ~ m0
    ~ " - " ~ t2 ~ " * " ~ v0 ~ ") - 1 end"
  ) }}
{% endmacro %}
