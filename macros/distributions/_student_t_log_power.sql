{#-
  −(ν/2)·ln(1 + t²/ν), the exponent shared by the density and the tail of Student's t, for any t.
  A logarithm of a number near 1 goes through atanh, ln(1 + y) = 2·atanh(y/(2 + y)), because ν multiplies its
  rounding error. The square must not overflow: beyond 1e150 the expression is −ν·ln t plus a constant.
-#}
{% macro _student_t_log_power(t, degrees_of_freedom) %}
  {%- set magnitude = "least(abs(" ~ t ~ "), 1e150)" -%}
  {%- set square = magnitude ~ " * " ~ magnitude -%}
  {%- set df = degrees_of_freedom -%}
(
    case
        when {{ square }} < {{ df }} then -{{ df }} * atanh({{ square }} / (2e0 * {{ df }} + {{ square }}))
        else 5e-1 * {{ df }} * ln({{ df }} / ({{ df }} + {{ square }}))
    end
    - {{ df }} * ln(greatest(abs({{ t }}), 1e150) / 1e150)
)
{%- endmacro %}
