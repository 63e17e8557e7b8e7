{#-
  The limit of Student's t for ν → ∞ (see student_t_survival), with T = |z|:

    T < 1     P(0 < Z < T) = 1/√(2π) · ∫₀ᵀ e^(−x²/2) dx
    T >= 1    P(Z > T)     = e^(−T²/2)/√(2π) · ∫₀^∞ e^(−k) / √(T² + 2k) dk

  Postgres raises on underflow. So z is not squared where the answer is one half to a double, exp() gets no argument
  below -690, and every tail under 1e-300 is given as 1e-300, which also leaves it a logarithm.
-#}
{% macro normal_survival(z) %}
  {%- set stand_in = feedlift._lint_stand_in('normal_survival', [z]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set z = "(" ~ z ~ ")" -%}
  {%- set square = "power(least(abs(" ~ z ~ "), 4e1), 2)" -%}
case
    when abs({{ z }}) <= 1e300 then
        greatest(
            case when abs({{ z }}) < 1e0 then 5e-1 when {{ z }} < 0e0 then 1e0 else 0e0 end
            + case when abs({{ z }}) < 1e0 or {{ z }} < 0e0 then -1e0 else 1e0 end
            * 3.9894228040143268e-1
            * case
                when abs({{ z }}) < 1e-20 then 0e0
                when abs({{ z }}) < 1e0 then
                    {{ z }} * (
                    {%- for node, weight in feedlift._gauss_legendre_rule(12) %}
                        + {{ "%.16e" | format(weight) }} * exp(-{{ "%.16e" | format(node * node / 2) }} * {{ square }})
                    {%- endfor %}
                    )
                else
                    exp(greatest(-5e-1 * {{ square }}, -6.9e2)) * (
                    {%- for k, weight in feedlift._exponential_rule(24, 36, 4) %}
                        + {{ "%.16e" | format(weight) }} / sqrt({{ square }} + {{ "%.16e" | format(2 * k) }})
                    {%- endfor %}
                    )
            end,
            1e-300
        )
end
{%- endmacro %}
