{#- The configured impression definition, or an error that lists the possible ones. -#}
{% macro impression_definition() %}
  {%- set definition = feedlift.setting('impression_definition') -%}
  {%- if definition not in ['viewport', 'rendered', 'logged'] -%}
    {{ exceptions.raise_compiler_error(
      "impression_definition is '" ~ definition ~ "'; set it to viewport, rendered or logged."
    ) }}
  {%- endif -%}
  {{ return(definition) }}
{% endmacro %}
