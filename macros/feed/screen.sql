{#-
  Screens one raw table: every raw row once, typed, with the reason for which it is refused or null when it is
  accepted. Validation comes before deduplication, so that a broken copy cannot win over a sound one. A row has one
  reason, the first that applies in this order: a required value is missing, a value cannot be cast, the model's own
  rules in their order, duplicate.
-#}
{% macro screen(entity, relation, key, keep_first, rules=[]) %}
  {%- set table = feedlift.raw_contract()[entity] -%}
  {%- set columns = table['columns'] | list %}
with raw_rows as (

    select * from {{ relation }}

),

typed as (

    select
        {%- for column, contract_type in table['columns'].items() %}
        {{ feedlift.parse_value('raw_rows.' ~ column, contract_type) }} as {{ column }},
        {%- endfor %}
        {%- for column in columns %}
        raw_rows.{{ column }} as raw_{{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    from raw_rows

),

validated as (

    select
        typed.*,
        case
            {%- for column in table['required_columns'] %}
            when {{ feedlift._is_blank('raw_' ~ column) }} then 'missing_{{ column }}'
            {%- endfor %}
            {%- for column, contract_type in table['columns'].items() if contract_type not in ['text', 'label'] %}
            when {{ column }} is null and not {{ feedlift._is_blank('raw_' ~ column) }} then 'unparseable_{{ column }}'
            {%- endfor %}
            {%- for rule in rules %}
            when {{ rule['where'] }} then '{{ rule['reason'] }}'
            {%- endfor %}
        end as validation_reason
    from typed

),

-- The raw values end here: carried through the window below they would double its memory.
validated_with_record as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        validation_reason,
        case
            when validation_reason is not null
                then {{ feedlift.json_object(columns, prefix='raw_') }}
        end as refused_record
    from validated

),

-- Rows that share the last sort key are equal in every column, so it does not matter which of them is kept.
ranked as (

    select
        *,
        row_number() over (
            partition by validation_reason, {{ key | join(', ') }}
            order by
                {%- for expression in keep_first %}
                {{ expression }},
                {%- endfor %}
                {{ feedlift.row_hash(columns) }}
        ) as copy_number
    from validated_with_record

),

final as (

    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        case
            when validation_reason is not null then validation_reason
            when copy_number > 1 then 'duplicate'
        end as refusal_reason,
        case
            when validation_reason is not null then refused_record
            when copy_number > 1 then {{ feedlift.json_object(columns) }}
        end as raw_record
    from ranked

)

select * from final
{% endmacro %}


{% macro _is_blank(column) %}
  {{ return("(" ~ column ~ " is null or trim(cast(" ~ column ~ " as " ~ feedlift.data_type('text') ~ ")) = '')") }}
{% endmacro %}
