{#-
  Variance of one unit's linearised contribution to a ratio of totals R = sum(y) / sum(d):
  (var(y) - 2 R cov(y, d) + R^2 var(d)) / mean(d)^2. Divided by the number of units it is the variance of R
  (Deng, Knoblich and Lu 2018, "Applying the Delta Method in Metric Analytics", section 3).
  Where y is proportional to d the terms cancel, and what rounding leaves of them, of either sign, is taken for zero.
  The quotient, and no product, tells so: where the terms overflow, an infinity would not exceed its part.
-#}
{% macro delta_method_variance(numerator_variance, denominator_variance, covariance, ratio, denominator_mean) %}
  {%- set terms = "(" ~ numerator_variance ~ ") + (" ~ ratio ~ ") * (" ~ ratio ~ ") * (" ~ denominator_variance
    ~ ")" -%}
  {%- set difference = terms ~ " - 2 * (" ~ ratio ~ ") * (" ~ covariance ~ ")" -%}
  {{ return(
    "(case when (" ~ difference ~ ") / nullif(" ~ terms ~ ", 0e0) <= 1e-13 then 0e0 else " ~ difference
    ~ " end / nullif((" ~ denominator_mean ~ ") * (" ~ denominator_mean ~ "), 0))"
  ) }}
{% endmacro %}
