{#- Metrics over the columns that cluster_totals makes of them, as unit_moments takes them. -#}
{% macro cluster_metrics(metrics) %}
  {%- set totals = {} -%}
  {%- for name, metric in metrics.items() -%}
    {%- set i = loop.index0 -%}
    {%- set parts = ['numerator', 'denominator'] -%}
    {%- if metric.get('numerator_covariate') is not none -%}
      {%- set parts = parts + ['numerator_covariate', 'denominator_covariate'] -%}
    {%- endif -%}
    {%- set of_metric = {} -%}
    {%- for part in parts -%}
      {%- do of_metric.update({part: part ~ '_' ~ i}) -%}
    {%- endfor -%}
    {%- do totals.update({name: of_metric}) -%}
  {%- endfor -%}
  {{ return(totals) }}
{% endmacro %}
