{%- set entities = feedlift.raw_contract() | list -%}
with screened as (

    {%- for entity in entities %}
    {{ 'union all' if not loop.first }}
    select
        'raw_{{ entity }}' as raw_table,
        refusal_reason
    from {{ ref('stg_feed__' ~ entity ~ '_screened') }}
    {%- endfor %}

),

final as (

    select
        raw_table,
        case
            when refusal_reason is null then 'accepted'
            when refusal_reason = 'duplicate' then 'duplicate'
            else 'rejected'
        end as outcome,
        coalesce(refusal_reason, 'accepted') as reason,
        count(*) as row_count
    from screened
    group by raw_table, refusal_reason

)

select * from final
