{#- Kernels count in doubles: an integer or decimal column would divide as integers or overflow its precision. -#}
{% macro _as_double(column) %}
  {{ return("cast(" ~ column ~ " as " ~ feedlift.data_type('double') ~ ")") }}
{% endmacro %}
