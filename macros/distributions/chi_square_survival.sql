{#-
  With a = ν/2, x = χ²/2 and the side of the mean σ = sign(x − a):

    tail on that side = x^a·e^(−x)/Γ(a) · ∫₀^∞ exp(a·σw − x·(e^(σw) − 1)) dw

  Gauss–Legendre over [0, W], where W is close to the point at which the integrand has fallen to e^(−38): from the
  parabola's root q, bent to the exponential growth above and to the straight line below the mean. Its rounding cannot
  matter, it only says where to stop. Γ(a) by the recurrence up to a + 10 and Stirling's series there (DLMF 5.11.1).
-#}
{% macro chi_square_survival(x, degrees_of_freedom) %}
  {%- set statistic = feedlift._as_double(x) -%}
  {%- set df = feedlift._as_double(degrees_of_freedom) -%}
  {%- set x = "(5e-1 * least(greatest(" ~ statistic ~ ", 1e-300), 1e9))" -%}
  {%- set a = "(5e-1 * " ~ df ~ ")" -%}
  {%- set shifted = "(5e-1 * " ~ df ~ " + 1e1)" -%}
  {%- set root = "sqrt((" ~ x ~ " - " ~ a ~ ") * (" ~ x ~ " - " ~ a ~ ") + 7.6e1 * " ~ x ~ ")" -%}
  {%- set above = "2.4e0 * ln(1e0 + 3.45e1 / (" ~ x ~ " - " ~ a ~ " + " ~ root ~ "))" -%}
  {%- set below = "(3.8e1 + 7.6e1 * " ~ x ~ " / (7.6e1 + " ~ a ~ " - " ~ x ~ " + " ~ root ~ ")) / " ~ a -%}
  {%- set width = "case when " ~ x ~ " >= " ~ a ~ " then " ~ above ~ " else -" ~ below ~ " end" -%}
  {%- set factors = [] -%}
  {%- for step in range(10) -%}
    {%- do factors.append("((" ~ a ~ " + " ~ step ~ "e0) / " ~ shifted ~ ")") -%}
  {%- endfor -%}
  {%- set stirling = feedlift._polynomial([
    "8.3333333333333333e-2", "-2.7777777777777778e-3", "7.9365079365079365e-4", "-5.9523809523809524e-4",
    "8.4175084175084175e-4", "-1.9175269175269175e-3",
  ], "(1e0 / (" ~ shifted ~ " * " ~ shifted ~ "))") ~ " / " ~ shifted -%}
case
    when {{ statistic }} <= 0e0 and {{ df }} between 1e0 and 1e7 then 1e0
    when {{ statistic }} <= 1.7976931348623157e308 and {{ df }} between 1e0 and 1e7 then
        case when {{ x }} < {{ a }} then 1e0 else 0e0 end
        + {{ width }} * 3.9894228040143268e-1 * sqrt({{ shifted }}) * {{ factors | join(' * ') }}
        * exp(greatest({{ a }} * ln({{ x }} / {{ shifted }}) - ({{ x }} - {{ shifted }}) - {{ stirling }}, -7.08e2)) * (
        {%- for node, weight in feedlift._gauss_legendre_rule(32) %}
        {%- set step = width ~ " * " ~ ("%.16e" | format((node + 4 * node * node) / 5)) %}
            + {{ "%.16e" | format(weight * (1 + 8 * node) / 5) }}
            * exp({{ a }} * {{ step }} - {{ x }} * (exp({{ step }}) - 1e0))
        {%- endfor %}
        )
end
{%- endmacro %}
