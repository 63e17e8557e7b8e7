{#- True for engagements of the types that a setting lists, such as `positive_engagement_types`. -#}
{% macro is_engagement_of(setting) %}
  {{ return("engagement_type in (" ~ feedlift.literals(feedlift.setting(setting) | map('lower') | list) ~ ")") }}
{% endmacro %}
