{#-
  True when feedlift is built on its own demo: its profile, which only this project brings, and the definitions and
  settings that ship with it, the seed door among them. What the demo plants is asserted nowhere else: by another
  definition of an impression, say, its effects are others. `calibration` only adds models.
-#}
{% macro is_demo() %}
  {%- if target.profile_name != 'feedlift' -%}
    {{ return(false) }}
  {%- endif -%}
  {%- for name, default in feedlift.default_settings().items() if name != 'calibration' -%}
    {%- if feedlift._configured(name, default) != default -%}
      {{ return(false) }}
    {%- endif -%}
  {%- endfor -%}
  {%- for kind in feedlift.definition_kinds() if feedlift._configured(kind, none) -%}
    {{ return(false) }}
  {%- endfor -%}
  {{ return(true) }}
{% endmacro %}
