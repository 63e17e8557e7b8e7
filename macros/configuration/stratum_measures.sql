{#- The measures that int_experiments__stratum_measures breaks down by dimension, as a list. -#}
{% macro stratum_measures() %}
  {{ return(['impressions', 'clicked_impressions', 'clicks', 'saves', 'hides']) }}
{% endmacro %}
