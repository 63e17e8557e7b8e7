{#-
  Business definitions: what ships with feedlift, and on top of it what the project adds.
  A var of the same name (`measures`, `metrics`, `segments`, `viewability_thresholds`) holds the additions: an entry
  with a new name is added, one with a known name replaces ours, and null removes it. A dict var would otherwise
  replace ours whole.
-#}
{% macro definitions(kind) %}
  {%- if kind == 'measures' -%}
    {%- set shipped = feedlift.default_measures() -%}
  {%- elif kind == 'metrics' -%}
    {%- set shipped = feedlift.default_metrics() -%}
  {%- elif kind == 'segments' -%}
    {%- set shipped = feedlift.default_segments() -%}
  {%- elif kind == 'viewability_thresholds' -%}
    {%- set shipped = feedlift.default_viewability_thresholds() -%}
  {%- else -%}
    {{ exceptions.raise_compiler_error("feedlift has no definitions called '" ~ kind ~ "'.") }}
  {%- endif -%}
  {%- set merged = {} -%}
  {%- for name, definition in shipped.items() -%}
    {%- do merged.update({name: definition}) -%}
  {%- endfor -%}
  {%- for name, definition in (var(kind, {}) or {}).items() -%}
    {%- if definition is none -%}
      {%- do merged.pop(name, none) -%}
    {%- else -%}
      {%- do merged.update({name: definition}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(merged) }}
{% endmacro %}
