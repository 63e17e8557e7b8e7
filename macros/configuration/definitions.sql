{#-
  Business definitions: what ships with feedlift, and on top of it what the project adds.
  A var of the same name (`measures`, `metrics`, `segments`, `dimensions`, `viewability_thresholds`) holds the
  additions: an entry with a new name is added, one with a known name replaces ours, and null removes it. A dict var
  would otherwise replace ours whole.
-#}
{% macro definitions(kind) %}
  {%- if kind == 'measures' -%}
    {%- set shipped = feedlift.default_measures() -%}
    {%- set known_keys = ['description', 'events', 'where', 'value', 'type', 'requires'] -%}
  {%- elif kind == 'metrics' -%}
    {%- set shipped = feedlift.default_metrics() -%}
    {%- set known_keys = [
      'description', 'type', 'numerator', 'denominator', 'at_least', 'day', 'quantile', 'events', 'value', 'where',
      'bootstrap', 'covariates', 'desired_direction', 'entity',
    ] -%}
  {%- elif kind == 'segments' -%}
    {%- set shipped = feedlift.default_segments() -%}
    {%- set known_keys = ['description', 'value'] -%}
  {%- elif kind == 'dimensions' -%}
    {%- set shipped = feedlift.default_dimensions() -%}
    {%- set known_keys = ['description', 'describes', 'value'] -%}
  {%- elif kind == 'viewability_thresholds' -%}
    {%- set shipped = feedlift.default_viewability_thresholds() -%}
    {%- set known_keys = ['description', 'surface', 'content_format', 'viewport_fraction', 'visible_ms'] -%}
  {%- else -%}
    {{ exceptions.raise_compiler_error("feedlift has no definitions called '" ~ kind ~ "'.") }}
  {%- endif -%}
  {%- set merged = {} -%}
  {%- for name, definition in shipped.items() -%}
    {%- do merged.update({name: definition}) -%}
  {%- endfor -%}
  {%- set configured = feedlift._configured(kind, none) or {} -%}
  {%- if configured is not mapping -%}
    {{ exceptions.raise_compiler_error(
      "The var " ~ kind ~ " is '" ~ configured ~ "'; write one entry per name, " ~ kind ~ ": {name: {…}}."
    ) }}
  {%- endif -%}
  {%- for name, definition in configured.items() -%}
    {%- if definition is none -%}
      {%- do merged.pop(name, none) -%}
    {%- elif definition is not mapping -%}
      {{ exceptions.raise_compiler_error(
        "The entry '" ~ name ~ "' of " ~ kind ~ " is '" ~ definition ~ "'; write a mapping with "
        ~ (known_keys | join(', ')) ~ ", or null to remove what feedlift ships."
      ) }}
    {%- elif not modules.re.match('^[a-z][a-z0-9_]*$', name) -%}
      {{ exceptions.raise_compiler_error(
        "The name '" ~ name ~ "' of " ~ kind ~ " becomes part of a column's name; write it with lower-case letters, "
        ~ "digits and _."
      ) }}
    {%- elif kind == 'segments' and not definition.get('value') -%}
      {{ exceptions.raise_compiler_error(
        "The segment '" ~ name ~ "' has no value; set value to an SQL expression that puts every user into one group."
      ) }}
    {%- elif kind == 'dimensions' and not definition.get('value') -%}
      {{ exceptions.raise_compiler_error(
        "The dimension '" ~ name ~ "' has no value; set value to an SQL expression for the stratum."
      ) }}
    {%- else -%}
      {%- for key in definition if key not in known_keys -%}
        {{ exceptions.raise_compiler_error(
          "The entry '" ~ name ~ "' of " ~ kind ~ " has a key '" ~ key ~ "', which means nothing there; keys that do: "
          ~ (known_keys | join(', ')) ~ "."
        ) }}
      {%- endfor -%}
      {%- do merged.update({name: definition}) -%}
    {%- endif -%}
  {%- endfor -%}
  {#- Without the others no number is right: where these vars are set, the special functions stop the build. -#}
  {%- if kind == 'metrics' and var('is_only_linted', false) -%}
    {%- for name in merged | list if name not in var('linted_metrics').split() -%}
      {%- do merged.pop(name) -%}
    {%- endfor -%}
  {%- endif -%}
  {{ return(merged) }}
{% endmacro %}


{#- The kinds of definitions, each a var of that name. -#}
{% macro definition_kinds() %}
  {{ return(['measures', 'metrics', 'segments', 'dimensions', 'viewability_thresholds']) }}
{% endmacro %}
