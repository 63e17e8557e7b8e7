{#-
  What int_experiments__retention finds out about a user: of every retention metric whether the user was active on its
  day, and under `<metric>_before` the same of the mirrored day before assignment, each with the instant its hours are
  counted from. A mirrored day before the covariate window is not looked at: the metric goes without adjustment, rather
  than the project without day-30 retention.
-#}
{% macro retention_measures() %}
  {%- set measures = {} -%}
  {%- for name, metric in feedlift.metrics_of_type('retention').items() -%}
    {%- do measures.update({name: {'counted_from': 'window_starts_at', 'first_hour': 24 * metric['day']}}) -%}
    {%- if metric['day'] + 1 <= feedlift.setting('covariate_days') -%}
      {%- do measures.update({
        name ~ '_before': {'counted_from': 'assigned_at', 'first_hour': -24 * (metric['day'] + 1)}
      }) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(measures) }}
{% endmacro %}
