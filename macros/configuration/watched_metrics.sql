{#- The metrics shown beside guardrails, in force; one that a project has removed from what feedlift ships is not. -#}
{% macro watched_metrics() %}
  {%- set metrics = feedlift.metrics() -%}
  {%- set found = [] -%}
  {%- for name in feedlift.setting('watched_metrics') -%}
    {%- if name in metrics -%}
      {%- do found.append(name) -%}
    {%- elif name == 'ctr_' ~ feedlift.impression_definition() -%}
      {{ exceptions.raise_compiler_error(
        "watched_metrics names '" ~ name ~ "', which is ctr where impression_definition is "
        ~ feedlift.impression_definition() ~ "; write ctr."
      ) }}
    {%- elif name not in feedlift.default_metrics() -%}
      {{ exceptions.raise_compiler_error(
        "watched_metrics names '" ~ name ~ "', which is no metric. Known metrics: " ~ (metrics | join(', ')) ~ "."
      ) }}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}
