{#-
  Whether a row of the ladder is an impression by the configured definition, given whether somebody engaged with it. Who
  engaged with an impression has seen it, whatever the viewport logger says. Where viewports (or rendering) are not
  logged at all, it stays unknown: engaged impressions alone would make a CTR of 100 %.
-#}
{% macro is_impression(has_engagement, definition=none) %}
  {%- set definition = definition or feedlift.impression_definition() -%}
  {%- if definition == 'viewport' -%}
    {{ return(
      "case when meets_viewability_threshold is not null then meets_viewability_threshold or " ~ has_engagement ~ " end"
    ) }}
  {%- elif definition == 'rendered' -%}
    {{ return("case when is_rendered is not null then is_rendered or " ~ has_engagement ~ " end") }}
  {%- endif -%}
  {{ return("true") }}
{% endmacro %}
