{#- The segment by which effects are post-stratified, none where there is none. -#}
{% macro post_stratification_segment() %}
  {%- set segment = feedlift.setting('post_stratification_segment') -%}
  {%- set segments = feedlift.definitions('segments') -%}
  {%- if segment and segment not in segments -%}
    {{ exceptions.raise_compiler_error(
      "post_stratification_segment is '" ~ segment ~ "', which is no segment. Known segments: "
      ~ (segments | join(', ')) ~ ". Set it to one of them, or to \"\" for none."
    ) }}
  {%- endif -%}
  {{ return(segment or none) }}
{% endmacro %}
