{#-
  Every column of the raw contract, and whether what stands behind the door has it. What costs a feature is also said
  while it is built: a null far downstream does not tell its cause.
-#}
{% macro base_feed_columns() %}
  {%- set rows = [] -%}
  {%- for entity, table in feedlift.raw_contract().items() -%}
    {%- set relation = feedlift.raw_relation(entity) -%}
    {%- set expressions = feedlift.raw_columns(entity, relation) -%}
    {%- if execute and flags.WHICH in ['run', 'build'] -%}
      {%- for sentence in feedlift.missing_features(entity, relation, expressions) -%}
        {%- do log('feedlift: ' ~ sentence, info=true) -%}
      {%- endfor -%}
    {%- endif -%}
    {%- for column in table['columns'] -%}
      {%- do rows.append(
        "select 'raw_" ~ entity ~ "' as raw_table, '" ~ column ~ "' as column_name, "
        ~ ('true' if column in table['required_columns'] else 'false') ~ " as is_required, "
        ~ ('true' if expressions[column] is not none else 'false') ~ " as is_logged"
      ) -%}
    {%- endfor -%}
  {%- endfor -%}
  {{ return(rows | join('\nunion all\n')) }}
{% endmacro %}
