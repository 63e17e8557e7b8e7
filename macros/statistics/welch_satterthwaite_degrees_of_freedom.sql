{#-
  Degrees of freedom of a difference of two means with unequal variances, from the variances of the two means
  (variance over n) and the numbers of units (Welch 1947, "The generalization of Student's problem").
-#}
{% macro welch_satterthwaite_degrees_of_freedom(
  arm_variance_of_mean, arm_units, control_variance_of_mean, control_units
) %}
  {%- set v1 = "(" ~ arm_variance_of_mean ~ ")" -%}
  {%- set v0 = "(" ~ control_variance_of_mean ~ ")" -%}
  {{ return(
    "(" ~ v1 ~ " + " ~ v0 ~ ") * (" ~ v1 ~ " + " ~ v0 ~ ") / nullif(" ~ v1 ~ " * " ~ v1 ~ " / nullif((" ~ arm_units
    ~ ") - 1, 0) + " ~ v0 ~ " * " ~ v0 ~ " / nullif((" ~ control_units ~ ") - 1, 0), 0)"
  ) }}
{% endmacro %}
