{#-
  The range in which figures are computed, wide of anything anybody measures and narrow enough that no product of them
  leaves the doubles or vanishes: values up to 1e70, variances from 1e-140 to 1e140. What is outside becomes null, with
  the reason `out_of_range`. Infinities and NaN, which sorts above all numbers, fail these comparisons too.
-#}
{% macro _in_range(value) %}
  {{ return("case when abs(" ~ value ~ ") <= 1e70 then " ~ value ~ " end") }}
{% endmacro %}


{#- True or false, never null: an unknown number is not in the range. -#}
{% macro _is_value_in_range(value) %}
  {{ return("coalesce(abs(" ~ value ~ ") <= 1e70, false)") }}
{% endmacro %}


{% macro _is_variance_in_range(variance) %}
  {{ return("coalesce(" ~ variance ~ " between 1e-140 and 1e140, false)") }}
{% endmacro %}
