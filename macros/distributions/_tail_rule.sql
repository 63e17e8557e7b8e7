{#-
  Nodes and weights for integrals over [0, ∞) whose integrand falls like e^(−k) or faster: the 32-point
  Gauss–Legendre rule on [0, 1] after k = 38·(s + 4s²)/5. The map crowds nodes where k is small; what lies beyond
  k = 38 is less than a double resolves.
-#}
{% macro _tail_rule() %}
  {%- set rule = [] -%}
  {%- for node, weight in feedlift._gauss_legendre_rule(32) -%}
    {%- do rule.append((38 * (node + 4 * node * node) / 5, weight * 38 * (1 + 8 * node) / 5)) -%}
  {%- endfor -%}
  {{ return(rule) }}
{% endmacro %}
