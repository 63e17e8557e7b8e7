{#- The optional columns of the event tables whose unknown values are counted by arm, by table. -#}
{% macro missing_value_columns() %}
  {{ return({
    'impressions': ['session_id', 'surface', 'position', 'platform'],
    'engagements': ['session_id', 'surface', 'impression_event_id'],
  }) }}
{% endmacro %}
