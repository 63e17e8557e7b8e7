{% macro student_t_cdf(t, degrees_of_freedom) %}
{{- feedlift.student_t_survival("-(" ~ t ~ ")", degrees_of_freedom) -}}
{% endmacro %}
