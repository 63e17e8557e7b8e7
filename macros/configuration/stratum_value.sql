{#- The stratum of a dimension in force as text, `unknown` where its value is. -#}
{% macro stratum_value(dimension) %}
  {{ return("coalesce(cast(" ~ dimension['value'] ~ " as " ~ feedlift.data_type('text') ~ "), 'unknown')") }}
{% endmacro %}
