{#- A list of texts as SQL literals, for `in (…)`; an empty list matches nothing. -#}
{% macro literals(values) %}
  {%- set quoted = [] -%}
  {%- for value in values -%}
    {%- do quoted.append("'" ~ ((value | string) | replace("'", "''")) ~ "'") -%}
  {%- endfor -%}
  {{ return(quoted | join(', ') or 'null') }}
{% endmacro %}
