{#-
  How many standard errors a confidence sequence reaches to either side: what stands in the place of Student's quantile
  when a result may be looked at as often as one likes.
-#}
{% macro confidence_sequence_multiplier(unit_count, planned_unit_count, confidence_level=none) %}
  {%- set confidence = feedlift._confidence('confidence_sequence_multiplier', confidence_level) -%}
  {%- set alpha = 1 - confidence -%}
  {%- set information = feedlift._mixture_information(unit_count, planned_unit_count, alpha) -%}
  {{ return(
    "sqrt(2e0 * (1e0 + 1e0 / nullif(" ~ information ~ ", 0e0)) * (5e-1 * ln(1e0 + " ~ information ~ ") - ln(cast("
    ~ alpha ~ " as " ~ feedlift.data_type('double') ~ "))))"
  ) }}
{% endmacro %}
