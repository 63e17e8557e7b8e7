{#-
  Fieller's interval of a ratio of two means, minus one: the relative lift. `end` is lower or upper, `t` the quantile of
  the absolute test, so that the interval excludes 0 exactly when that test rejects. Null when the interval is unbounded
  (control mean within t standard errors of zero) or there is no lift
  (Fieller 1954, "Some problems in interval estimation").
-#}
{% macro fieller_interval(end, arm_mean, arm_variance, control_mean, control_variance, t, covariance='0e0') %}
  {{ return(
    "case when " ~ feedlift._has_lift(arm_mean, control_mean) ~ " then " ~ feedlift.ratio_interval(
      end, arm_mean, arm_variance, control_mean, control_variance, t, covariance
    ) ~ " - 1 end"
  ) }}
{% endmacro %}


{#- A control that is positive, and more than what rounding leaves of a difference of values like the arm's. -#}
{% macro _has_lift(arm_mean, control_mean) %}
  {{ return("(" ~ control_mean ~ ") > 1e-12 * abs(" ~ arm_mean ~ ")") }}
{% endmacro %}
