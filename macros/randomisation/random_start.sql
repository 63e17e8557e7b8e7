{#- A unit's first random integer for a seed, 0 to 2^31 - 2. Staged once per unit, because md5 is slow. -#}
{% macro random_start(key, seed) %}
  {{ return(
    "(" ~ feedlift.hash_integer(feedlift._seeded_key(key, seed), 1) ~ " % " ~ feedlift.random_modulus() ~ ")"
  ) }}
{% endmacro %}


{% macro _seeded_key(key, seed) %}
  {%- set prefix = feedlift.literals([seed ~ ':']) -%}
  {{ return(prefix ~ " || cast(" ~ key ~ " as " ~ feedlift.data_type('text') ~ ")") }}
{% endmacro %}
