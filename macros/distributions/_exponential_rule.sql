{#-
  Nodes k and weights w with Σ w·f(k) = ∫₀^reach e^(−k)·f(k) dk: the Gauss–Legendre rule on [0, 1] after
  k = reach·(e^(growth·s) − 1)/(e^growth − 1), which crowds the nodes where k is small.
-#}
{% macro _exponential_rule(point_count, reach, growth) %}
  {%- set e = 2.718281828459045 -%}
  {%- set scale = reach / (e ** growth - 1) -%}
  {%- set rule = [] -%}
  {%- for node, weight in feedlift._gauss_legendre_rule(point_count) -%}
    {%- set stretch = e ** (growth * node) -%}
    {%- set k = scale * (stretch - 1) -%}
    {%- do rule.append((k, weight * scale * growth * stretch * e ** -k)) -%}
  {%- endfor -%}
  {{ return(rule) }}
{% endmacro %}
