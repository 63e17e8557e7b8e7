{#-
  Plain schema names (`staging`, `marts`, …) when feedlift is the root project. A macro called generate_schema_name
  would also rule our models where feedlift is installed as a package; dbt's own one dispatches to this name only in
  the root project, so that a project that installs feedlift keeps its own schema rule.
-#}
{% macro default__generate_schema_name(custom_schema_name, node) -%}
  {{ (custom_schema_name or target.schema) | trim }}
{%- endmacro %}
