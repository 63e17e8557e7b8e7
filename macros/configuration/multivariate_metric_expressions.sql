{#-
  The metrics that declare covariates, as the expressions unit_moments takes: the metric with its own past, and the past
  of the others. A covariate that is not known before assignment, such as a retention of a later day, is left out.
-#}
{% macro multivariate_metric_expressions() %}
  {%- set expressions = feedlift.metric_expressions() -%}
  {%- set multivariate = {} -%}
  {%- for name, metric in feedlift.metrics().items() if name in expressions -%}
    {%- set covariates = [] -%}
    {%- for other in metric.get('covariates', [])
        if expressions.get(other, {}).get('numerator_covariate') is not none -%}
      {%- do covariates.append({
        'numerator': expressions[other]['numerator_covariate'],
        'denominator': expressions[other].get('denominator_covariate'),
      }) -%}
    {%- endfor -%}
    {%- if covariates -%}
      {%- do multivariate.update({name: dict(expressions[name], covariates=covariates)}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(multivariate) }}
{% endmacro %}
