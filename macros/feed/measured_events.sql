{#-
  Every measure of one event, as columns for a select list: the event's contribution, 0 where it contributes nothing,
  null where the measure counts other events or is not logged.
-#}
{% macro measured_events(events) %}
  {%- set columns = [] -%}
  {%- for name, measure in feedlift.measures().items() -%}
    {%- set data_type = feedlift.data_type(measure.get('type', 'integer')) -%}
    {%- if measure['events'] == events -%}
      {%- do columns.append(
        "case when logged.is_" ~ name ~ "_logged then case when " ~ measure['where'] ~ " then cast("
        ~ measure.get('value', 1) ~ " as " ~ data_type ~ ") else 0 end end as " ~ name
      ) -%}
    {%- else -%}
      {%- do columns.append("cast(null as " ~ data_type ~ ") as " ~ name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
