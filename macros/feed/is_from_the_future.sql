{#-
  True when an event claims to have happened later than it was received, by more than the tolerated clock skew. Never
  compared with now: a rebuild a year later must refuse the same rows.
-#}
{% macro is_from_the_future(event_at, received_at) %}
  {{ return(
    event_at ~ " > " ~ dbt.dateadd('second', feedlift.setting('clock_skew_tolerance_seconds'), received_at)
  ) }}
{% endmacro %}
