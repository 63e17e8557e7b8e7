{% macro normal_cdf(z) %}
{{- feedlift.normal_survival("-(" ~ z ~ ")") -}}
{% endmacro %}
