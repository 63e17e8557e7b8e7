with logged_columns as (

    select * from {{ ref('stg_feed__logged_columns') }}

),

final as (

    select
        {%- for name, measure in feedlift.measures().items() %}
        {%- set required = measure.get('requires', []) %}
        {%- if required %}
        count(case when raw_table || '.' || column_name in (
            {%- for column in required %}'raw_{{ column }}'{{ ', ' if not loop.last }}{% endfor -%}
        ) then 1 end) = {{ required | length }} as is_{{ name }}_logged
        {%- else %}
        count(*) >= 0 as is_{{ name }}_logged
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from logged_columns

)

select * from final
