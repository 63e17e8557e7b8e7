{%- set columns = ['experiment_id', 'population', 'arm', 'control_arm', 'method'] + feedlift.estimate_columns() -%}
with estimates as (

    select * from {{ ref('int_experiments__concentration_estimates') }}
    where measure = 'herfindahl_hirschman_index'

),

-- The first part only names the column, for a project without any such metric.
final as (

    select
        'none' as metric,
        'all' as segment,
        'all' as segment_value,
        {{ columns | join(', ') }}
    from estimates
    where 1 = 0
    {%- for name, metric in feedlift.metrics_of_type('concentration').items() %}

    union all

    select
        '{{ name }}' as metric,
        'all' as segment,
        'all' as segment_value,
        {{ columns | join(', ') }}
    from estimates
    where entity_type = '{{ metric['entity'] }}'
    {%- endfor %}

)

select * from final
