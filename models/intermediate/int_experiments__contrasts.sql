{%- set keys = [
    'experiment_id', 'population', 'metric', 'segment', 'segment_value', 'arm', 'control_arm', 'method',
] -%}
with estimates as (

    select {{ (keys + feedlift.estimate_columns()) | join(', ') }}
    from {{ ref('int_experiments__estimates') }}

),

final as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

)

select * from final
