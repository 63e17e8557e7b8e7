{#-
  One over the likelihood ratio of the normal mixture against no effect, at most 1, and no smaller than 1e-300: Postgres
  raises on underflow.
-#}
{% macro always_valid_p_value(z, unit_count, planned_unit_count, confidence_level=none) %}
  {%- set confidence = feedlift._confidence('always_valid_p_value', confidence_level) -%}
  {%- set information = feedlift._mixture_information(unit_count, planned_unit_count, 1 - confidence) -%}
  {%- set log_p_value = "(5e-1 * ln(1e0 + " ~ information ~ ") - 5e-1 * "
    ~ feedlift._student_t_square("(" ~ z ~ ")") ~ " / (1e0 + 1e0 / nullif(" ~ information ~ ", 0e0)))" -%}
  {#- Bounded by comparisons: least() and greatest() pass over a null, and would make a p-value of it. -#}
  {{ return(
    "case when abs(" ~ z ~ ") <= 1e300 then case when " ~ log_p_value ~ " < -6.9e2 then 1e-300 when " ~ log_p_value
    ~ " < 0e0 then exp(" ~ log_p_value ~ ") when " ~ log_p_value ~ " >= 0e0 then 1e0 end end"
  ) }}
{% endmacro %}
