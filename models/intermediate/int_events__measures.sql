{%- set measures = feedlift.measures() -%}
with impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),
{% for events in ['impressions', 'engagements'] %}
measured_{{ events }} as (

    select
        {{ events }}.user_id,
        {{ events }}.session_id,
        {{ events }}.event_at,
        {{ events }}.event_date,
        {%- for name, measure in measures.items() %}
        {%- set data_type = feedlift.data_type(measure.get('type', 'integer')) %}
        {%- if measure['events'] == events %}
        case
            when not logged.is_{{ name }}_logged then null
            when {{ measure['where'] }} then cast({{ measure.get('value', 1) }} as {{ data_type }})
            else 0
        end as {{ name }}
        {%- else %}
        cast(null as {{ data_type }}) as {{ name }}
        {%- endif %}
        {{- ',' if not loop.last }}
        {%- endfor %}
    from {{ events }}
    cross join logged

),
{% endfor %}
final as (

    select * from measured_impressions
    union all
    select * from measured_engagements

)

select * from final
