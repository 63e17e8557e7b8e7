{#-
  What one event adds to each measure that is broken down by dimension, as columns for a select list: 0 where it adds
  nothing, null where the measure counts events of another kind.
-#}
{% macro measured_strata(events) %}
  {%- set columns = [] -%}
  {%- for name in feedlift.stratum_measures() -%}
    {%- set measure = feedlift.measures()[name] -%}
    {%- set data_type = feedlift.data_type(measure.get('type', 'integer')) -%}
    {%- if measure['events'] == events -%}
      {%- do columns.append(
        "case when " ~ measure['where'] ~ " then cast(" ~ measure.get('value', 1) ~ " as " ~ data_type
        ~ ") else 0 end as " ~ name
      ) -%}
    {%- else -%}
      {%- do columns.append("cast(null as " ~ data_type ~ ") as " ~ name) -%}
    {%- endif -%}
  {%- endfor -%}
  {{ return(columns | join(',\n        ')) }}
{% endmacro %}
