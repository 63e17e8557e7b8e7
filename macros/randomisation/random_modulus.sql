{#- The Mersenne prime 2^31 - 1: the product of two draws below it fits into a bigint. -#}
{% macro random_modulus() %}
  {{ return(2147483647) }}
{% endmacro %}
