{#-
  N rho^2, the information at hand on the scale of the normal mixture, with rho^2 = (-2 ln alpha + ln(-2 ln alpha + 1))
  / N*: the choice for which the sequence is narrowest about N = N* (Waudby-Smith et al. 2024, appendix). Null where N*
  is not positive.
-#}
{% macro _mixture_information(unit_count, planned_unit_count, alpha) %}
  {%- set double = feedlift.data_type('double') -%}
  {%- set minus_two_log_alpha = "(-2e0 * ln(cast(" ~ alpha ~ " as " ~ double ~ ")))" -%}
  {{ return(
    "(cast(" ~ unit_count ~ " as " ~ double ~ ") / nullif(greatest(cast(" ~ planned_unit_count ~ " as " ~ double
    ~ "), 0e0), 0e0) * (" ~ minus_two_log_alpha ~ " + ln(" ~ minus_two_log_alpha ~ " + 1e0)))"
  ) }}
{% endmacro %}
