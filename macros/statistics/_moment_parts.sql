{#-
  The variables of a metric in a table of moments and the letters that stand for them: outcome y over d, and per
  covariate x over w. The first covariate is the metric's own past.
-#}
{% macro _moment_parts(covariate_count=1) %}
  {%- set parts = {
    'numerator': 'y', 'denominator': 'd', 'numerator_covariate': 'x', 'denominator_covariate': 'w',
  } -%}
  {%- for number in range(2, covariate_count + 1) -%}
    {%- do parts.update({
      'numerator_covariate_' ~ number: 'x_' ~ number ~ '_', 'denominator_covariate_' ~ number: 'w_' ~ number ~ '_',
    }) -%}
  {%- endfor -%}
  {{ return(parts) }}
{% endmacro %}


{#- How many covariates the metrics have at most: their own past, and those in `covariates`. -#}
{% macro _covariate_count(metrics) %}
  {%- set counts = [1] -%}
  {%- for metric in metrics.values() -%}
    {%- do counts.append(1 + metric.get('covariates', []) | length) -%}
  {%- endfor -%}
  {{ return(counts | max) }}
{% endmacro %}


{#- Every two of some items, in their order. -#}
{% macro _pairs(items) %}
  {%- set pairs = [] -%}
  {%- set items = items | list -%}
  {%- for first in items -%}
    {%- for second in items[loop.index:] -%}
      {%- do pairs.append((first, second)) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(pairs) }}
{% endmacro %}


{#- The second moments in a table of moments: the variance of every variable and the covariance of every two. -#}
{% macro _second_moments(parts) %}
  {%- set columns = [] -%}
  {%- for part in parts -%}
    {%- do columns.append(part ~ '_variance') -%}
  {%- endfor -%}
  {%- for first, second in feedlift._pairs(parts) -%}
    {%- do columns.append(first ~ '_' ~ second ~ '_covariance') -%}
  {%- endfor -%}
  {{ return(columns) }}
{% endmacro %}
