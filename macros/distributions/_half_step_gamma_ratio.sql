{#-
  Γ((ν + 1)/2) / Γ(ν/2) as an expression. The recurrence Γ(x + 1) = x·Γ(x) moves both arguments up by 8, where seven
  terms of DLMF 5.11.14 (in w = ν/2 + 8 − 1/4, only even powers) are within 4e-15. A difference of two log-gammas
  would lose nine digits at ν = 1e7.
-#}
{% macro _half_step_gamma_ratio(degrees_of_freedom) %}
  {%- set factors = [] -%}
  {%- for step in range(0, 16, 2) -%}
    {%- do factors.append(
      "(" ~ degrees_of_freedom ~ " + " ~ step ~ "e0) / (" ~ degrees_of_freedom ~ " + " ~ (step + 1) ~ "e0)"
    ) -%}
  {%- endfor -%}
  {%- set shifted = "(5e-1 * " ~ degrees_of_freedom ~ " + 7.75e0)" -%}
  {%- set series = feedlift._polynomial([
    "1e0", "1.5625e-2", "-2.3193359375e-3", "1.2035369873046875e-3", "-1.298762857913971e-3",
    "2.3855575127527118e-3", "-6.670963462056534e-3",
  ], "(1e0 / (" ~ shifted ~ " * " ~ shifted ~ "))") -%}
  {{ return((factors | join(" * ")) ~ " * sqrt(" ~ shifted ~ ") * " ~ series) }}
{% endmacro %}
