{#- A sum that is unknown where one of its terms is: sum() passes over it, and weights would no longer add up to 1. -#}
{% macro _known_sum(term) %}
  {{ return("case when count(" ~ term ~ ") = count(*) then sum(" ~ term ~ ") end") }}
{% endmacro %}
