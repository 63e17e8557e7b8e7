{#- A polynomial by Horner's rule; `coefficients` run from the constant term upward and are pasted as written. -#}
{% macro _polynomial(coefficients, variable) %}
  {%- set parts = [coefficients[-1]] -%}
  {%- for coefficient in (coefficients | reverse | list)[1:] -%}
    {%- do parts.insert(0, "(" ~ coefficient ~ " + " ~ variable ~ " * ") -%}
    {%- do parts.append(")") -%}
  {%- endfor -%}
  {{ return(parts | join('')) }}
{% endmacro %}
