{#-
  −(ν/2)·ln(1 + t²/ν), the exponent that the density and the tail of Student's t share.
  The logarithm of a number near 1 goes through ln(1 + 1/y) = 2·atanh(1/(1 + 2y)), because ν multiplies its rounding
  error. Beyond t = 1e150, where the square would overflow, the expression is −ν·ln t plus a constant.
-#}
{% macro _student_t_log_power(t, degrees_of_freedom) %}
  {%- set square = feedlift._student_t_square(t) -%}
  {%- set df = degrees_of_freedom -%}
(
    case
        when {{ square }} < {{ df }} then -{{ df }} * atanh(1e0 / (1e0 + 2e0 * {{ df }} / {{ square }}))
        else 5e-1 * {{ df }} * ln({{ df }} / ({{ df }} + {{ square }}))
    end
    - {{ df }} * ln(greatest(abs({{ t }}), 1e150) / 1e150)
)
{%- endmacro %}
