{#- What one event adds to a measure; null where the measure counts events of another kind. -#}
{% macro measured_event(measure, events) %}
  {%- set definition = feedlift.measures()[measure] -%}
  {%- set data_type = feedlift.data_type(definition.get('type', 'integer')) -%}
  {%- if definition['events'] != events -%}
    {{ return("cast(null as " ~ data_type ~ ")") }}
  {%- endif -%}
  {{ return(
    "case when " ~ definition['where'] ~ " then cast(" ~ definition.get('value', 1) ~ " as " ~ data_type ~ ") else 0 end"
  ) }}
{% endmacro %}
