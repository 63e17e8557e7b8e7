{#- The metrics in force, checked against the measures; an error names the first that is defined wrongly. -#}
{% macro metrics() %}
  {%- set metrics = feedlift.definitions('metrics') -%}
  {%- set measures = feedlift.measures() -%}
  {%- for name, metric in metrics.items() -%}
    {%- set where = "Metric '" ~ name ~ "' " -%}
    {%- if metric.get('type') not in ['mean', 'proportion', 'ratio'] -%}
      {{ exceptions.raise_compiler_error(
        where ~ "has the type '" ~ metric.get('type') ~ "'; write mean, proportion or ratio."
      ) }}
    {%- elif metric['type'] == 'ratio' and not metric.get('denominator') -%}
      {{ exceptions.raise_compiler_error(
        where ~ "is a ratio without a denominator; set denominator to a measure, or make the metric a mean."
      ) }}
    {%- elif not metric.get('numerator') -%}
      {{ exceptions.raise_compiler_error(where ~ "has no numerator; set numerator to a measure.") }}
    {%- elif metric['type'] != 'ratio' and metric.get('denominator') -%}
      {{ exceptions.raise_compiler_error(
        where ~ "is a " ~ metric['type'] ~ " and has a denominator; remove it, or make the metric a ratio."
      ) }}
    {%- endif -%}
    {%- for part in ['numerator', 'denominator'] if part == 'numerator' or metric['type'] == 'ratio' -%}
      {%- if metric.get(part) not in measures -%}
        {{ exceptions.raise_compiler_error(
          where ~ "has the " ~ part ~ " '" ~ metric[part] ~ "', which is no measure. Known measures: "
          ~ (measures | join(', ')) ~ "."
        ) }}
      {%- endif -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(metrics) }}
{% endmacro %}
