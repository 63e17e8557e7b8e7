{#-
  With T = |t|, two integrals, each a Gauss–Legendre sum over constant nodes:

    T < 1     P(0 < X < T) = C/√ν · ∫₀ᵀ (1 + x²/ν)^(−(ν+1)/2) dx
    T >= 1    P(X > T)     = C/ν · √(ν + T²) · (1 + T²/ν)^(−ν/2) · ∫₀^∞ e^(−k) / √(T² + ν·(1 − e^(−2k/ν))) dk

  where C = Γ((ν+1)/2) / (√π·Γ(ν/2)). The second is the tail of the density after x² = (ν + T²)·e^(2k/ν) − ν, which
  turns its decay into a constant per node. Towards T = 0 its root is singular at k = 0, hence the first.
  Nothing underflows, as in normal_survival.
  Two forms keep the digits that ν would take: ln(1 + 1/y) = 2·atanh(1/(1 + 2y)), and 1 − e^(−2y) = 2/(1 + 1/tanh y).
-#}
{% macro student_t_survival(t, degrees_of_freedom) %}
  {%- set stand_in = feedlift._lint_stand_in('student_t_survival', [t, degrees_of_freedom]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set t = "(" ~ t ~ ")" -%}
  {%- set df = "(" ~ degrees_of_freedom ~ ")" -%}
  {%- set square = feedlift._student_t_square(t) -%}
case
    when abs({{ t }}) <= 1e300 and {{ df }} between 1e0 and 1e20 then
        greatest(
            case when abs({{ t }}) < 1e0 then 5e-1 when {{ t }} < 0e0 then 1e0 else 0e0 end
            + case when abs({{ t }}) < 1e0 or {{ t }} < 0e0 then -1e0 else 1e0 end
            * 5.6418958354775629e-1 * {{ feedlift._half_step_gamma_ratio(df) }}
            * case
                when abs({{ t }}) < 1e-20 then 0e0
                when abs({{ t }}) < 1e0 then
                    {{ t }} / sqrt({{ df }}) * (
                    {%- for node, weight in feedlift._gauss_legendre_rule(12) %}
                        + {{ "%.16e" | format(weight) }} * exp(
                            -({{ df }} + 1e0)
                            * atanh(1e0 / (1e0 + {{ "%.16e" | format(2 / node / node) }} * {{ df }} / {{ square }}))
                        )
                    {%- endfor %}
                    )
                else
                    exp(greatest({{ feedlift._student_t_log_power(t, df) }}, -6.9e2))
                    * sqrt({{ df }} + {{ square }}) / {{ df }} * (
                    {%- for k, weight in feedlift._exponential_rule(24, 36, 4) %}
                        + {{ "%.16e" | format(weight) }} / sqrt(
                            {{ square }} + 2e0 * {{ df }} / (1e0 + 1e0 / tanh({{ "%.16e" | format(k) }} / {{ df }}))
                        )
                    {%- endfor %}
                    )
            end,
            1e-300
        )
end
{%- endmacro %}
