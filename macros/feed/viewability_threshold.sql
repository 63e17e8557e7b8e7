{#-
  The viewability threshold (`viewport_fraction` or `visible_ms`) that holds for a surface and content format, as a
  case expression over two columns; the most specific entry of viewability_thresholds comes first.
-#}
{% macro viewability_threshold(quantity, surface, content_format) %}
  {%- set cases = {'both': [], 'surface': [], 'content_format': [], 'default': []} -%}
  {%- for name, threshold in feedlift.definitions('viewability_thresholds').items() -%}
    {%- if threshold.get(quantity) is none -%}
      {{ exceptions.raise_compiler_error(
        "The viewability threshold '" ~ name ~ "' has no " ~ quantity ~ "; add it to viewability_thresholds."
      ) }}
    {%- endif -%}
    {%- set conditions = [] -%}
    {%- if threshold.get('surface') -%}
      {%- do conditions.append(surface ~ " = '" ~ threshold['surface'] ~ "'") -%}
    {%- endif -%}
    {%- if threshold.get('content_format') -%}
      {%- do conditions.append(content_format ~ " = '" ~ threshold['content_format'] ~ "'") -%}
    {%- endif -%}
    {%- if conditions | length == 2 -%}
      {%- set kind = 'both' -%}
    {%- elif threshold.get('surface') -%}
      {%- set kind = 'surface' -%}
    {%- elif threshold.get('content_format') -%}
      {%- set kind = 'content_format' -%}
    {%- else -%}
      {%- set kind = 'default' -%}
    {%- endif -%}
    {%- do cases[kind].append({'when': conditions | join(' and '), 'then': threshold[quantity]}) -%}
  {%- endfor -%}
  {%- if cases['default'] | length != 1 -%}
    {{ exceptions.raise_compiler_error(
      "viewability_thresholds needs exactly one entry without surface and content_format, which holds for everything "
      ~ "else; it has " ~ (cases['default'] | length) ~ "."
    ) }}
  {%- endif -%}
  {%- set specific = cases['both'] + cases['surface'] + cases['content_format'] -%}
  {%- set whens = [] -%}
  {%- for case in specific -%}
    {%- do whens.append('when ' ~ case['when'] ~ ' then ' ~ case['then']) -%}
  {%- endfor -%}
  {%- if specific -%}
    {{ return('case ' ~ (whens | join(' ')) ~ ' else ' ~ cases['default'][0]['then'] ~ ' end') }}
  {%- endif -%}
  {{ return(cases['default'][0]['then'] | string) }}
{% endmacro %}
