{#-
  Variance of one unit's linearised contribution to a ratio of totals R = sum(y) / sum(d):
  (var(y) - 2 R cov(y, d) + R^2 var(d)) / mean(d)^2. Divided by the number of units it is the variance of R
  (Deng, Knoblich, Lu 2018, "Applying the Delta Method in Metric Analytics", eq. 4).
-#}
{% macro delta_method_variance(numerator_variance, denominator_variance, covariance, ratio, denominator_mean) %}
  {{ return(
    "((" ~ numerator_variance ~ ") - 2 * (" ~ ratio ~ ") * (" ~ covariance ~ ") + (" ~ ratio ~ ") * (" ~ ratio
    ~ ") * (" ~ denominator_variance ~ ")) / nullif((" ~ denominator_mean ~ ") * (" ~ denominator_mean ~ "), 0)"
  ) }}
{% endmacro %}
