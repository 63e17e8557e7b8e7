{#- A unit's second random integer for a seed, 1 to 2^31 - 2: never 0, for which all of its draws would be the same. -#}
{% macro random_step(key, seed) %}
  {{ return(
    "(" ~ feedlift.hash_integer(feedlift._seeded_key(key, seed), 2) ~ " % " ~ (feedlift.random_modulus() - 1) ~ " + 1)"
  ) }}
{% endmacro %}
