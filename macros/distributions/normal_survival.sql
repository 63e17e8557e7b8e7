{#-
  The limit of Student's t for ν → ∞ (see student_t_survival), with T = |z|:

    T < 1     P(0 < Z < T) = 1/√(2π) · ∫₀ᵀ e^(−x²/2) dx
    T >= 1    P(Z > T)     = e^(−T²/2)/√(2π) · ∫₀^∞ e^(−k) / √(T² + 2k) dk

  T stays where Postgres, which raises on underflow, can square it, and exp() above the smallest double, so that even
  the tail beyond has a logarithm.
-#}
{% macro normal_survival(z) %}
  {%- set z = "(" ~ z ~ ")" -%}
  {%- set square = "power(least(greatest(abs(" ~ z ~ "), 1e-140), 4e1), 2)" -%}
case
    when {{ z }} between -1e300 and 1e300 then
        case when abs({{ z }}) < 1e0 then 5e-1 when {{ z }} < 0e0 then 1e0 else 0e0 end
        + case when abs({{ z }}) < 1e0 or {{ z }} < 0e0 then -1e0 else 1e0 end
        * 3.9894228040143268e-1
        * case
            when abs({{ z }}) < 1e0 then
                {{ z }} * (
                {%- for node, weight in feedlift._gauss_legendre_rule(12) %}
                    + {{ "%.16e" | format(weight) }} * exp(-{{ "%.16e" | format(node * node / 2) }} * {{ square }})
                {%- endfor %}
                )
            else
                exp(greatest(-5e-1 * {{ square }}, -7.08e2)) * (
                {%- for k, weight in feedlift._exponential_rule(24, 36, 4) %}
                    + {{ "%.16e" | format(weight) }} / sqrt({{ square }} + {{ "%.16e" | format(2 * k) }})
                {%- endfor %}
                )
        end
end
{%- endmacro %}
