{#- The measures that int_experiments__stratum_measures breaks down by dimension, as a list. -#}
{% macro stratum_measures() %}
  {{ return(['impressions', 'clicked_impressions', 'clicks', 'saves', 'hides']) }}
{% endmacro %}


{#- The same as a list of SQL expressions; `{measure}` and `{type}` stand for the measure and the type of its sums. -#}
{% macro each_stratum_measure(template) %}
  {%- set expressions = [] -%}
  {%- for name in feedlift.stratum_measures() -%}
    {%- do expressions.append(
      template
      | replace('{measure}', name)
      | replace('{type}', feedlift.data_type(feedlift.measures()[name].get('type', 'integer')))
    ) -%}
  {%- endfor -%}
  {{ return(expressions | join(',\n        ')) }}
{% endmacro %}
