{#- The metrics in force, checked against the measures; an error names the first that is defined wrongly. -#}
{% macro metrics() %}
  {%- set metrics = feedlift.definitions('metrics') -%}
  {%- set measures = feedlift.measures() -%}
  {%- set keys = {
    'mean': ['numerator', 'covariates'],
    'proportion': ['numerator', 'at_least', 'covariates'],
    'ratio': ['numerator', 'denominator', 'covariates'],
    'retention': ['day', 'covariates'],
    'quantile': ['quantile', 'numerator', 'events', 'value', 'where'],
    'concentration': ['entity'],
  } -%}
  {%- for name, metric in metrics.items() -%}
    {%- set where = "Metric '" ~ name ~ "' " -%}
    {%- set type = metric.get('type') -%}
    {%- if type not in keys -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the type '" ~ type ~ "'; write mean, proportion, ratio, retention, quantile or concentration."
      ) }}
    {%- elif type == 'ratio' and not metric.get('denominator') -%}
      {{ exceptions.raise_compiler_error(
        where ~ "is a ratio without a denominator; set denominator to a measure, or make the metric a mean."
      ) }}
    {%- elif type in ['mean', 'proportion', 'ratio'] and not metric.get('numerator') -%}
      {{ exceptions.raise_compiler_error(where ~ "has no numerator; set numerator to a measure.") }}
    {%- elif type != 'ratio' and metric.get('denominator') -%}
      {{ exceptions.raise_compiler_error(
        where ~ "is a " ~ type ~ " and has a denominator; remove it, or make the metric a ratio."
      ) }}
    {%- elif metric.get('bootstrap', false) is not boolean -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has bootstrap '" ~ metric['bootstrap'] ~ "'; write true or false."
      ) }}
    {%- elif metric.get('desired_direction', 'increase') not in ['increase', 'decrease'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the desired_direction '" ~ metric['desired_direction'] ~ "'; write increase or decrease."
      ) }}
    {%- endif -%}
    {%- for key in metric if key not in keys[type] + ['description', 'type', 'desired_direction', 'bootstrap'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "is a " ~ type ~ " and has the key '" ~ key ~ "', which means nothing there; remove it, or correct the "
        ~ "type."
      ) }}
    {%- endfor -%}
    {%- for part in ['numerator', 'denominator'] if metric.get(part) is not none and metric[part] not in measures -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the " ~ part ~ " '" ~ metric[part] ~ "', which is no measure. Known measures: "
        ~ (measures | join(', ')) ~ "."
      ) }}
    {%- endfor -%}
    {%- if type == 'retention' -%}
      {%- do feedlift._check_retention(name, metric, measures) -%}
    {%- elif type == 'quantile' -%}
      {%- do feedlift._check_quantile(name, metric) -%}
    {%- elif type == 'concentration' -%}
      {%- do feedlift._check_concentration(name, metric) -%}
    {%- endif -%}
    {%- do feedlift._check_covariates(name, metric.get('covariates', []), metrics) -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}


{#- One that a project has removed from what feedlift ships is passed over: our metrics may name it. -#}
{% macro _check_covariates(name, covariates, metrics) %}
  {%- set where = "Metric '" ~ name ~ "' " -%}
  {%- if covariates is string or covariates is mapping or covariates is not iterable -%}
    {{ exceptions.raise_compiler_error(
      where ~ "has the covariates '" ~ covariates ~ "'; write a list of other metrics' names."
    ) }}
  {%- endif -%}
  {%- for covariate in covariates -%}
    {%- if covariate == name -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has itself among its covariates; remove it, its own past is always used."
      ) }}
    {%- elif covariate in covariates[:loop.index0] -%}
      {{ exceptions.raise_compiler_error(where ~ "has the covariate '" ~ covariate ~ "' twice; remove one.") }}
    {%- elif covariate not in metrics and covariate not in feedlift.default_metrics() -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the covariate '" ~ covariate ~ "', which is no metric. Known metrics: " ~ (metrics | join(', '))
        ~ "."
      ) }}
    {%- elif metrics.get(covariate, {}).get('type') in ['quantile', 'concentration'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the covariate '" ~ covariate ~ "', a " ~ metrics[covariate]['type'] ~ ", which is no value of a "
        ~ "user; remove it."
      ) }}
    {%- endif -%}
  {%- endfor -%}
{% endmacro %}


{% macro _check_retention(name, metric, measures) %}
  {%- set day = metric.get('day') -%}
  {%- if day is not integer or day is boolean or day < 0 -%}
    {{ exceptions.raise_compiler_error(
      "Metric '" ~ name ~ "' is a retention of day '" ~ day ~ "'; set day to a whole number: 0 is the 24 hours from "
      ~ "the user's start, 1 the 24 hours after them."
    ) }}
  {%- elif name in measures -%}
    {{ exceptions.raise_compiler_error(
      "Metric '" ~ name ~ "' is a retention and has the name of a measure, with which it would share a column; rename "
      ~ "one of them."
    ) }}
  {%- endif -%}
{% endmacro %}


{% macro _check_quantile(name, metric) %}
  {%- set where = "Metric '" ~ name ~ "' " -%}
  {%- set quantile = metric.get('quantile') -%}
  {%- if quantile is not number or quantile is boolean or quantile <= 0 or quantile >= 1 -%}
    {{ exceptions.raise_compiler_error(
      where ~ "has the quantile '" ~ quantile ~ "'; set quantile to a number between 0 and 1, such as 0.95."
    ) }}
  {%- elif metric.get('numerator') and (metric.get('events') or metric.get('value') or metric.get('where')) -%}
    {{ exceptions.raise_compiler_error(
      where ~ "is a quantile both of users (numerator) and of events (events, value, where); keep one of the two."
    ) }}
  {%- elif not metric.get('numerator') and metric.get('events') not in ['impressions', 'engagements'] -%}
    {{ exceptions.raise_compiler_error(
      where ~ "is a quantile of '" ~ metric.get('events') ~ "'; set events to impressions or engagements, or numerator "
      ~ "to a measure."
    ) }}
  {%- elif metric.get('events') and not metric.get('value') -%}
    {{ exceptions.raise_compiler_error(
      where ~ "is a quantile of events without a value; set value to a column of the events, such as latency_ms."
    ) }}
  {%- endif -%}
{% endmacro %}


{% macro _check_concentration(name, metric) %}
  {%- set where = "Metric '" ~ name ~ "' " -%}
  {%- set entities = feedlift.concentration_entities() -%}
  {%- if metric.get('entity') not in entities -%}
    {{ exceptions.raise_compiler_error(
      where ~ "is a concentration over '" ~ metric.get('entity') ~ "'; set entity to " ~ (entities | join(' or ')) ~ "."
    ) }}
  {%- elif metric.get('bootstrap') -%}
    {{ exceptions.raise_compiler_error(
      where ~ "is a concentration, which resampled users make larger than it is; remove bootstrap."
    ) }}
  {%- endif -%}
{% endmacro %}
