{#-
  When a rendered impression counts as seen. The defaults are the Media Rating Council's viewable impression
  thresholds: half of the pixels for one continuous second, two seconds for video (MRC Viewable Ad Impression
  Measurement Guidelines, 2014). An entry may name a `surface`, a `content_format`, or both; the entry that names
  most of them wins, a surface before a format.
-#}
{% macro default_viewability_thresholds() %}
  {%- set thresholds -%}
default: {viewport_fraction: 0.5, visible_ms: 1000}
video: {content_format: video, viewport_fraction: 0.5, visible_ms: 2000}
  {%- endset -%}
  {{ return(fromyaml(thresholds)) }}
{% endmacro %}
