{#-
  ln Γ(x) by Stirling's series from x = 10 on, where seven terms leave 1e-16; below, ten steps of the recurrence
  Γ(x + 1) = x·Γ(x) lead there. Postgres 15 has no lgamma.
-#}
{% macro log_gamma(x) %}
  {%- set stand_in = feedlift._lint_stand_in('log_gamma', [x]) -%}
  {%- if stand_in -%}{{ return(stand_in) }}{%- endif -%}
  {%- set x = "(" ~ x ~ ")" -%}
  {%- set factors = [] -%}
  {%- for step in range(10) -%}
    {%- do factors.append("(" ~ x ~ " + " ~ step ~ "e0)") -%}
  {%- endfor -%}
case
    when {{ x }} >= 1e1 and {{ x }} <= 1e300 then {{ feedlift._stirling_log_gamma(x) }}
    when {{ x }} >= 1e-300 and {{ x }} < 1e1 then
        {{ feedlift._stirling_log_gamma("(" ~ x ~ " + 1e1)") }} - ln({{ factors | join(' * ') }})
end
{%- endmacro %}


{% macro _stirling_log_gamma(x) %}
  {%- set series = feedlift._polynomial([
    "8.3333333333333333e-2", "-2.7777777777777778e-3", "7.9365079365079365e-4", "-5.9523809523809524e-4",
    "8.4175084175084175e-4", "-1.9175269175269175e-3", "6.4102564102564103e-3",
  ], "power(least(" ~ x ~ ", 1e100), -2)") -%}
  {{ return(
    "((" ~ x ~ " - 5e-1) * ln(" ~ x ~ ") - " ~ x ~ " + 9.1893853320467274e-1 + " ~ series ~ " / " ~ x ~ ")"
  ) }}
{% endmacro %}
