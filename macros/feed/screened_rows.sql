{#- The table and refusal reason of every raw row, as a query over all screened tables. -#}
{% macro screened_rows() %}
  {%- set queries = [] -%}
  {%- for entity in feedlift.raw_contract() -%}
    {%- do queries.append(
      "select 'raw_" ~ entity ~ "' as raw_table, refusal_reason from " ~ ref('stg_feed__' ~ entity ~ '_screened')
    ) -%}
  {%- endfor -%}
  {{ return(queries | join('\n    union all\n    ')) }}
{% endmacro %}
