{#-
  What a calibration measures: the metrics in force, with all of their covariates, and every mean a second time with its
  values cut off at the columns `cap_of_<metric>` and `covariate_cap_of_<metric>`, as the metric `<metric>, winsorised`.
-#}
{% macro calibrated_metrics() %}
  {%- set metrics = dict(feedlift.metric_expressions(), **feedlift.multivariate_metric_expressions()) -%}
  {%- for name, metric in feedlift.mean_expressions().items() -%}
    {%- set capped = {} -%}
    {%- for part, cap in [('numerator', 'cap'), ('numerator_covariate', 'covariate_cap')] -%}
      {%- set column = cap ~ '_of_' ~ name -%}
      {%- do capped.update({
        part: 'case when ' ~ metric[part] ~ ' > ' ~ column ~ ' then ' ~ column ~ ' when ' ~ metric[part] ~ ' <= '
          ~ column ~ ' then ' ~ metric[part] ~ ' end',
      }) -%}
    {%- endfor -%}
    {%- do metrics.update({name ~ ', winsorised': capped}) -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}
