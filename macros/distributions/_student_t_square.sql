{#- t², with t held where its square neither overflows nor underflows. -#}
{% macro _student_t_square(t) %}
  {{ return("power(least(greatest(abs(" ~ t ~ "), 1e-140), 1e150), 2)") }}
{% endmacro %}
