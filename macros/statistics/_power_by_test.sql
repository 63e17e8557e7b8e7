{#- power_analysis of the present data by each test, one row per row of `relation` and test, with its `columns`. -#}
{% macro _power_by_test(relation, effect, columns) %}
  {%- set tests = {
    'fixed_horizon': {'null_reason': 'null_reason', 'planned_unit_count': none},
    'always_valid': {'null_reason': 'sequential_null_reason', 'planned_unit_count': 'planned_user_count'},
  } -%}
with
{% for test, options in tests.items() %}
{{ test }} as (

    {{ feedlift.power_analysis(
        relation, effect=effect, variance='difference_variance',
        standard_error='case when ' ~ options.null_reason ~ ' is null then estimate_se end',
        unit_count='pair_unit_count', test=test, planned_unit_count=options.planned_unit_count
    ) | indent(4) }}

),
{% endfor %}
final as (

    {%- for test, options in tests.items() %}
    {{ 'union all' if not loop.first }}
    select
        {%- for column in columns %}
        {{ column }},
        {%- endfor %}
        '{{ test }}' as test,
        minimum_detectable_effect,
        power_at_effect,
        needed_units,
        {{ feedlift._whole_units('needed_units * arm_share_of_pair') }} as needed_unit_count,
        {{ feedlift._whole_units('needed_units * (1 - arm_share_of_pair)') }} as needed_control_unit_count,
        {{ feedlift._whole_units('needed_units / pair_share') }} as needed_user_count,
        -- How many users would give the present standard error, had all of them come in the present shares.
        difference_variance / (power_standard_error * power_standard_error) as units_so_far,
        wanted_power,
        {{ options.null_reason }} as null_reason
    from {{ test }}
    {%- endfor %}

)

select * from final
{% endmacro %}
