{#- The segments in force as columns for a select list; a user whose segment cannot be told is `unknown`. -#}
{% macro segment_columns() %}
  {%- set columns = [] -%}
  {%- for name, segment in feedlift.definitions('segments').items() -%}
    {%- do columns.append(
      "coalesce(cast(" ~ segment['value'] ~ " as " ~ feedlift.data_type('text') ~ "), 'unknown') as segment_" ~ name
    ) -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ') or "'all' as segment_none") }}
{% endmacro %}
