{#- A number of units rounded up to whole ones; null beyond any number there could be, where a cast would fail. -#}
{% macro _whole_units(units) %}
  {{ return(
    "case when " ~ units ~ " < 1e15 then cast(ceil(" ~ units ~ ") as " ~ feedlift.data_type('integer') ~ ") end"
  ) }}
{% endmacro %}
