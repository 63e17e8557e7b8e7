{#- What a sentence about an experiment begins with, so that nobody quotes its figures when it is broken. -#}
{% macro _invalid_warning_text(invalid_reason) %}
  {{ return("coalesce('Not to be read, the experiment is broken (' || " ~ invalid_reason ~ " || '). ', '')") }}
{% endmacro %}
