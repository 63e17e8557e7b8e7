{#- What costs a feature is also said while it is built: a null far downstream does not tell its cause. -#}
{%- set says_so = execute and flags.WHICH in ['run', 'build'] -%}
{%- for entity, table in feedlift.raw_contract().items() -%}
    {%- set relation = feedlift.raw_relation(entity) -%}
    {%- set expressions = feedlift.raw_columns(entity, relation) -%}
    {%- set last_entity = loop.last -%}
    {%- for missing in feedlift.missing_features(entity, relation, expressions) if says_so -%}
        {%- do log('feedlift: ' ~ missing['sentence'], info=true) -%}
    {%- endfor -%}
    {%- for column in table['columns'] %}
select
    'raw_{{ entity }}' as raw_table,
    '{{ column }}' as column_name,
    {{ 'true' if column in table['required_columns'] else 'false' }} as is_required,
    {{ 'true' if expressions[column] is not none else 'false' }} as is_logged
        {%- if not (last_entity and loop.last) %}
union all
        {%- endif %}
    {%- endfor %}
{%- endfor %}
