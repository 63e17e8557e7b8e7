{#- t² with t held below the square root of the largest double: Postgres raises on overflow. -#}
{% macro _student_t_square(t) %}
  {{ return("power(least(abs(" ~ t ~ "), 1e150), 2)") }}
{% endmacro %}
