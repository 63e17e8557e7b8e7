{#-
  True when feedlift is built on its own demo data: its profile, which only this project brings, and the seed door. What
  the demo plants is asserted nowhere else.
-#}
{% macro is_demo() %}
  {{ return(target.profile_name == 'feedlift' and feedlift.setting('raw_door') == 'seeds') }}
{% endmacro %}
