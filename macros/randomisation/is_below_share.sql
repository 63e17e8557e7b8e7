{#- Whether a draw falls into the first part of its range: true with the probability `share`. -#}
{% macro is_below_share(draw, share) %}
  {{ return("(" ~ draw ~ " < " ~ ((share * feedlift.random_modulus()) | round | int) ~ ")") }}
{% endmacro %}
