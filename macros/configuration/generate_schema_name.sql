{#-
  Plain schema names (`staging`, `marts`, …) when feedlift is the root project. dbt reads this override only
  from the root project, so a project that installs feedlift keeps its own schema rule.
-#}
{% macro generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
