{#-
  With T = |z|, and E max(Z − z, 0) = max(−z, 0) + E max(Z − T, 0):

    T < 1     E max(Z − T, 0) = φ(T) − T·P(Z > T)
    T >= 1    E max(Z − T, 0) = φ(T) · ∫₀^∞ e^(−k) · 2k / (√(T² + 2k)·(√(T² + 2k) + T)) dk

  The first cancels ever more digits as T grows: at T = 30 it has none left. The second is the same integral,
  ∫₀^∞ x·φ(T + x) dx, after k = T·x + x²/2, without any difference in it. Nothing underflows, as in normal_survival.
-#}
{% macro normal_loss(z) %}
  {%- set stand_in = feedlift._lint_stand_in('normal_loss', [z]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set magnitude = "least(abs(" ~ z ~ "), 4e1)" -%}
  {%- set density = "3.9894228040143268e-1 * exp(greatest(-5e-1 * power(" ~ magnitude ~ ", 2), -6.9e2))" -%}
case
    when abs({{ z }}) <= 1e300 then
        greatest(
            case when {{ z }} < 0e0 then -({{ z }}) else 0e0 end
            + case
                when abs({{ z }}) < 1e0 then
                    {{ density }} - {{ magnitude }} * ({{ feedlift.normal_survival(magnitude) }})
                else
                    {{ density }} * (
                    {%- for k, weight in feedlift._exponential_rule(24, 36, 4) %}
                    {%- set root = "sqrt(power(" ~ magnitude ~ ", 2) + " ~ "%.16e" | format(2 * k) ~ ")" %}
                        + {{ "%.16e" | format(2 * k * weight) }} / ({{ root }} * ({{ root }} + {{ magnitude }}))
                    {%- endfor %}
                    )
            end,
            1e-300
        )
end
{%- endmacro %}
