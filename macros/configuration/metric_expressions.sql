{#-
  The metrics in force as the expressions unit_moments takes, over the columns of int_experiments__unit_measures.
  The covariate of a metric is the same metric in the covariate window. Quantiles and
  concentrations are no moments: they are not among them (see int_experiments__quantile_estimates and
  int_experiments__concentration_estimates).
-#}
{% macro metric_expressions() %}
  {%- set expressions = {} -%}
  {%- for name, metric in feedlift.metrics().items()
      if metric['type'] not in ['quantile', 'concentration'] -%}
    {%- set numerator = metric['numerator'] -%}
    {%- if metric['type'] == 'retention' -%}
      {%- do expressions.update({name: {'numerator': name}}) -%}
      {%- if name ~ '_before' in feedlift.retention_measures() -%}
        {%- do expressions[name].update({'numerator_covariate': name ~ '_before'}) -%}
      {%- endif -%}
    {%- elif metric['type'] == 'ratio' -%}
      {%- set denominator = metric['denominator'] -%}
      {%- do expressions.update({name: {
        'numerator': numerator,
        'denominator': denominator,
        'numerator_covariate': numerator ~ '_before',
        'denominator_covariate': denominator ~ '_before',
      }}) -%}
    {%- elif metric['type'] == 'proportion' -%}
      {%- set threshold = metric.get('at_least', 1) -%}
      {%- do expressions.update({name: {
        'numerator': 'case when ' ~ numerator ~ ' >= ' ~ threshold ~ ' then 1 when ' ~ numerator ~ ' < ' ~ threshold
          ~ ' then 0 end',
        'numerator_covariate': 'case when ' ~ numerator ~ '_before >= ' ~ threshold ~ ' then 1 when ' ~ numerator
          ~ '_before < ' ~ threshold ~ ' then 0 end',
      }}) -%}
    {%- else -%}
      {%- do expressions.update({name: {
        'numerator': numerator,
        'numerator_covariate': numerator ~ '_before',
      }}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(expressions) }}
{% endmacro %}
