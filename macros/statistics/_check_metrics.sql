{#-
  A misspelt key would be passed over: a ratio without its denominator is a mean, under the ratio's name. `allowed` are
  the keys that the macro reads.
-#}
{% macro _check_metrics(macro_name, metrics, allowed=none) %}
  {%- set allowed = allowed or [
    'numerator', 'denominator', 'numerator_covariate', 'denominator_covariate', 'covariates',
  ] -%}
  {%- set example = "{'saves': {'numerator': 'saves'}}" -%}
  {%- if metrics is not mapping or not metrics -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the metrics are " ~ feedlift._as_written(metrics) ~ "; write a dictionary of metrics by their "
      ~ "names, such as " ~ example ~ "."
    ) }}
  {%- endif -%}
  {%- for name, metric in metrics.items() -%}
    {%- do feedlift._check_metric(macro_name, "the metric '" ~ name ~ "'", metric, allowed) -%}
    {%- if metric.get('denominator_covariate') is not none and metric.get('numerator_covariate') is none -%}
      {{ exceptions.raise_compiler_error(
        macro_name ~ ": the metric '" ~ name ~ "' has a denominator_covariate and no numerator_covariate; add it."
      ) }}
    {%- endif -%}
    {%- set covariates = metric.get('covariates') or [] -%}
    {%- if covariates is string or covariates is mapping or covariates is not sequence -%}
      {{ exceptions.raise_compiler_error(
        macro_name ~ ": the covariates of the metric '" ~ name ~ "' are " ~ feedlift._as_written(covariates)
        ~ "; write a list, such as [{'numerator': 'saves_before'}]."
      ) }}
    {%- endif -%}
    {%- for covariate in covariates -%}
      {%- do feedlift._check_metric(
        macro_name, "a covariate of the metric '" ~ name ~ "'", covariate, ['numerator', 'denominator']
      ) -%}
    {%- endfor -%}
  {%- endfor -%}
{% endmacro %}


{% macro _check_metric(macro_name, what, metric, allowed) %}
  {%- if metric is not mapping -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": " ~ what ~ " is " ~ feedlift._as_written(metric) ~ "; write {'numerator': 'saves'}."
    ) }}
  {%- endif -%}
  {%- for key in metric if key not in allowed -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": " ~ what ~ " has " ~ feedlift._as_written(key) ~ ", which is not read here; write "
      ~ allowed | join(', ') ~ "."
    ) }}
  {%- endfor -%}
  {%- if metric.get('numerator') in [none, ''] -%}
    {{ exceptions.raise_compiler_error(macro_name ~ ": " ~ what ~ " has no numerator; add one.") }}
  {%- endif -%}
  {%- for key in allowed if key != 'covariates' and metric.get(key) is not none
    and (metric[key] == '' or (metric[key] is not string and metric[key] is not number)) -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the " ~ key ~ " of " ~ what ~ " is " ~ feedlift._as_written(metric[key])
      ~ "; write a column or an SQL expression."
    ) }}
  {%- endfor -%}
{% endmacro %}


{#- Where a metric's name becomes a part of a column's. -#}
{% macro _check_plain_names(macro_name, metrics) %}
  {%- for name in metrics if not modules.re.match('^[A-Za-z_][A-Za-z0-9_]*$', name) -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the metric '" ~ name ~ "' has a name of more than letters, digits and underscores; "
      ~ "give it another."
    ) }}
  {%- endfor -%}
{% endmacro %}


{#- Metrics that are nothing but a value. -#}
{% macro _check_values(macro_name, values) %}
  {%- if values is not mapping or not values -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the values are " ~ feedlift._as_written(values) ~ "; write a dictionary of SQL expressions by "
      ~ "their names, such as {'score': 'score'}."
    ) }}
  {%- endif -%}
  {%- for name, expression in values.items() if expression in [none, '']
    or (expression is not string and expression is not number) -%}
    {{ exceptions.raise_compiler_error(
      macro_name ~ ": the value '" ~ name ~ "' is " ~ feedlift._as_written(expression)
      ~ "; write a column or an SQL expression."
    ) }}
  {%- endfor -%}
{% endmacro %}
