{#-
  Whether the day that mirrors the day of a retention metric before assignment lies within the covariate window. A day
  further back is not looked at: the row goes without adjustment, rather than the project without day-30 retention.
-#}
{% macro has_retention_covariate(metric) %}
  {{ return(metric['day'] + 1 <= feedlift.setting('covariate_days')) }}
{% endmacro %}
