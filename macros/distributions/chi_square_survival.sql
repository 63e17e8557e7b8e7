{#-
  With a = ν/2 and x = χ²/2, the tail on the side of the mean where x lies, each a sum over the same constant nodes:

    x >= a    P(X > χ²) = x^a·e^(−x)/Γ(a) / x · ∫₀^∞ e^(−k)·(1 + k/x)^(a−1) dk
    x < a     P(X < χ²) = x^a·e^(−x)/Γ(a) / a · ∫₀^∞ e^(−k)·exp(x·(1 − e^(−k/a))) dk

  after s = x + k and s = x·e^(−k/a) in the incomplete gamma integrals. At ν = 1e4 the integrands need a reach of 650.
  Γ(a) comes from the recurrence Γ(a + 1) = a·Γ(a) up to a + 10 and Stirling's series there (DLMF 5.11.1).
-#}
{% macro chi_square_survival(x, degrees_of_freedom) %}
  {%- set stand_in = feedlift._lint_stand_in('chi_square_survival', [x, degrees_of_freedom]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set x = "(" ~ x ~ ")" -%}
  {%- set df = "(" ~ degrees_of_freedom ~ ")" -%}
  {%- set shifted = "(5e-1 * " ~ df ~ " + 1e1)" -%}
  {%- set factors = [] -%}
  {%- for step in range(10) -%}
    {%- do factors.append("((5e-1 * " ~ df ~ " + " ~ step ~ "e0) / " ~ shifted ~ ")") -%}
  {%- endfor -%}
  {%- set stirling = feedlift._polynomial([
    "8.3333333333333333e-2", "-2.7777777777777778e-3", "7.9365079365079365e-4", "-5.9523809523809524e-4",
    "8.4175084175084175e-4",
  ], "(1e0 / (" ~ shifted ~ " * " ~ shifted ~ "))") ~ " / " ~ shifted -%}
  {%- set rule = feedlift._exponential_rule(48, 650, 5) -%}
case
    when {{ x }} <= 1e-300 and {{ df }} between 1e0 and 1e4 then 1e0
    when {{ x }} <= 1e6 and {{ df }} between 1e0 and 1e4 then
        greatest(
            case when {{ x }} < {{ df }} then 1e0 else 0e0 end
            + 3.9894228040143268e-1 * sqrt({{ shifted }}) * {{ factors | join(' * ') }}
            * exp(
                greatest(
                    5e-1 * {{ df }} * ln(5e-1 * {{ x }} / {{ shifted }})
                    - (5e-1 * {{ x }} - {{ shifted }}) - {{ stirling }},
                    -6.9e2
                )
            )
            * case
                when {{ x }} < {{ df }} then
                    -2e0 / {{ df }} * (
                    {%- for k, weight in rule %}
                        + {{ "%.16e" | format(weight) }}
                        * exp(5e-1 * {{ x }} * (1e0 - exp(greatest(-{{ "%.16e" | format(2 * k) }} / {{ df }}, -6.9e2))))
                    {%- endfor %}
                    )
                else
                    2e0 / {{ x }} * (
                    {%- for k, weight in rule %}
                        + {{ "%.16e" | format(weight) }}
                        * power(1e0 + {{ "%.16e" | format(2 * k) }} / {{ x }}, 5e-1 * {{ df }} - 1e0)
                    {%- endfor %}
                    )
            end,
            1e-300
        )
    when {{ x }} <= 1e300 and {{ df }} between 1e0 and 1e4 then 1e-300
end
{%- endmacro %}
