{#-
  Fieller's interval of a ratio of two independent means, minus one: the relative lift. `end` is lower or upper,
  `t` the quantile of the absolute test, so that the interval excludes 0 exactly when that test rejects. Null when the
  interval is unbounded (control mean within t standard errors of zero) or the control mean is not positive
  (Fieller 1954, "Some problems in interval estimation", with zero covariance).
  The discriminant is written as t^2 (v1 m0^2 + v0 m1^2) - t^4 v1 v0: the textbook form subtracts nearly equal squares.
-#}
{% macro fieller_interval(end, arm_mean, arm_variance, control_mean, control_variance, t) %}
  {%- set m1 = "(" ~ arm_mean ~ ")" -%}
  {%- set v1 = "(" ~ arm_variance ~ ")" -%}
  {%- set m0 = "(" ~ control_mean ~ ")" -%}
  {%- set v0 = "(" ~ control_variance ~ ")" -%}
  {%- set t2 = "((" ~ t ~ ") * (" ~ t ~ "))" -%}
  {%- if end not in ['lower', 'upper'] -%}
    {{ exceptions.raise_compiler_error("fieller_interval: end is '" ~ end ~ "'; write lower or upper.") }}
  {%- endif -%}
  {%- set sign = '-' if end == 'lower' else '+' -%}
  {%- set discriminant = v1 ~ " * " ~ m0 ~ " * " ~ m0 ~ " + " ~ v0 ~ " * " ~ m1 ~ " * " ~ m1 ~ " - " ~ t2 ~ " * " ~ v1
    ~ " * " ~ v0 -%}
  {{ return(
    "case when " ~ m0 ~ " > 0 and " ~ m0 ~ " * " ~ m0 ~ " > " ~ t2 ~ " * " ~ v0 ~ " then (" ~ m1 ~ " * " ~ m0 ~ " "
    ~ sign ~ " (" ~ t ~ ") * sqrt(" ~ discriminant ~ ")) / (" ~ m0 ~ " * " ~ m0 ~ " - " ~ t2 ~ " * " ~ v0 ~ ") - 1 end"
  ) }}
{% endmacro %}
