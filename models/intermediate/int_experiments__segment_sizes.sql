{%- set segments = feedlift.definitions('segments') | list -%}
{%- set text = feedlift.data_type('text') -%}
with designs as (

    select * from {{ ref('int_experiments__designs') }}
    where randomisation_unit = 'user'

),

units as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where population = 'assigned'

),

randomised_users as (

    select
        units.experiment_id,
        units.phase,
        units.arm,
        {%- for name in segments %}
        units.segment_{{ name }},
        {%- endfor %}
        cast(units.phase as {{ text }}) as ramp_phase,
        cast(cast(units.assigned_at as date) as {{ text }}) as assigned_date
    from units
    inner join designs on units.experiment_id = designs.experiment_id

),

final as (

    {%- for name in ['ramp_phase', 'assigned_date'] + segments %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        '{{ name }}' as segment,
        {{ name if loop.index <= 2 else 'segment_' ~ name }} as segment_value,
        phase,
        arm,
        '{{ 'ramp phases' if loop.index == 1 else 'days' if loop.index == 2 else 'segment values' }}' as test_family,
        count(*) as user_count
    from randomised_users
    group by experiment_id, segment_value, phase, arm
    {%- endfor %}

)

select * from final
