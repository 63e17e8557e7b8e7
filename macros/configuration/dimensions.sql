{#- The dimensions in force of what they describe, `impression` or `user`, checked. -#}
{% macro dimensions(describes) %}
  {%- set found = {} -%}
  {%- for name, dimension in feedlift.definitions('dimensions').items() -%}
    {%- if dimension.get('describes') not in ['impression', 'user'] -%}
      {{ exceptions.raise_compiler_error(
        "The dimension '" ~ name ~ "' describes '" ~ dimension.get('describes')
        ~ "'; set describes to impression or user."
      ) }}
    {%- elif dimension['describes'] == describes -%}
      {%- do found.update({name: dimension}) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(found) }}
{% endmacro %}
