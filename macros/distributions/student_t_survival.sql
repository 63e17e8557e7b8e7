{#-
  With the sign of t set aside (T = |t|), two integrals, each a Gauss–Legendre sum over constant nodes:

    T < 1.5    P(0 < X < T) = C/√ν · ∫₀ᵀ (1 + x²/ν)^(−(ν+1)/2) dx
    T >= 1.5   P(X > T)     = C/ν · a^(ν/2) · √(ν + T²) · ∫₀^∞ e^(−k) / √(T² + 2ν·sinh(k/ν)·e^(−k/ν)) dk

  where C = Γ((ν+1)/2) / (√π·Γ(ν/2)) and a = ν/(ν + T²). The second comes from x² = (ν + T²)·e^(2k/ν) − ν, which makes
  the decay a constant per node. Near T = 0 its root is nearly singular, hence the first. Logarithms of numbers near 1
  go through atanh, ln(1 + y) = 2·atanh(y/(2 + y)), because ν multiplies their rounding error.
-#}
{% macro student_t_survival(t, degrees_of_freedom) %}
  {%- set t = feedlift._as_double(t) -%}
  {%- set df = feedlift._as_double(degrees_of_freedom) -%}
  {#- The square must not overflow; beyond 1e150 the tail is the pure power law (T/1e150)^(−ν). -#}
  {%- set magnitude = "least(abs(" ~ t ~ "), 1e150)" -%}
  {%- set square = magnitude ~ " * " ~ magnitude -%}
case
    when {{ t }} between -1.7976931348623157e308 and 1.7976931348623157e308 and {{ df }} between 1e0 and 1e20 then
        case when {{ magnitude }} < 1.5e0 then 5e-1 when {{ t }} < 0e0 then 1e0 else 0e0 end
        + case when {{ magnitude }} < 1.5e0 or {{ t }} < 0e0 then -1e0 else 1e0 end
        * 5.6418958354775629e-1 * {{ feedlift._half_step_gamma_ratio(df) }}
        * case
            when {{ magnitude }} < 1.5e0 then
                {{ t }} / sqrt({{ df }}) * (
                {%- for node, weight in feedlift._gauss_legendre_rule(16) %}
                {%- set part = ("%.16e" | format(node * node)) ~ " * " ~ square %}
                    + {{ "%.16e" | format(weight) }}
                    * exp(-({{ df }} + 1e0) * atanh({{ part }} / (2e0 * {{ df }} + {{ part }})))
                {%- endfor %}
                )
            else
                exp(greatest({{ feedlift._student_t_log_power(t, df) }}, -7.08e2))
                * sqrt({{ df }} + {{ square }}) / {{ df }} * (
                {%- for node, weight in feedlift._tail_rule() %}
                {%- set step = ("%.16e" | format(node)) ~ " / " ~ df %}
                    + {{ "%.16e" | format(weight * 2.718281828459045 ** -node) }}
                    / sqrt({{ square }} + 2e0 * {{ df }} * sinh({{ step }}) * exp(-({{ step }})))
                {%- endfor %}
                )
        end
end
{%- endmacro %}
