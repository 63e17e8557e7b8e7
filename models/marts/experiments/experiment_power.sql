{%- set double = feedlift.data_type('double') -%}
{%- set tests = {
    'fixed_horizon': {'null_reason': 'null_reason', 'planned_unit_count': none},
    'always_valid': {'null_reason': 'sequential_null_reason', 'planned_unit_count': 'planned_user_count'},
} -%}
with power_inputs as (

    select
        experiment_id,
        population,
        metric,
        metric_role,
        arm,
        control_arm,
        method,
        unit_count,
        control_unit_count,
        control_value,
        estimate_se,
        smallest_effect_of_interest,
        planned_user_count,
        null_reason,
        sequential_null_reason,
        pair_share,
        arm_share_of_pair,
        daily_new_users,
        pair_unit_count,
        difference_variance
    from {{ ref('int_experiments__power_inputs') }}

),
{% for test, options in tests.items() %}
{{ test }} as (

    {{ feedlift.power_analysis(
        'power_inputs', effect='smallest_effect_of_interest', variance='difference_variance',
        standard_error='case when ' ~ options.null_reason ~ ' is null then estimate_se end',
        unit_count='pair_unit_count', test=test, planned_unit_count=options.planned_unit_count
    ) | indent(4) }}

),
{% endfor %}
tested as (

    {%- for test, options in tests.items() %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        population,
        metric,
        metric_role,
        arm,
        control_arm,
        method,
        unit_count,
        control_unit_count,
        control_value,
        estimate_se,
        smallest_effect_of_interest,
        daily_new_users,
        wanted_power,
        pair_share,
        arm_share_of_pair,
        minimum_detectable_effect,
        power_at_effect,
        needed_units,
        {{ options.null_reason }} as null_reason,
        '{{ test }}' as test,
        -- How many users would give the present standard error, had all of them come in the present shares.
        difference_variance / (power_standard_error * power_standard_error) as units_so_far
    from {{ test }}
    {%- endfor %}

),

final as (

    select
        experiment_id,
        population,
        metric,
        metric_role,
        arm,
        control_arm,
        method,
        test,
        unit_count,
        control_unit_count,
        estimate_se,
        minimum_detectable_effect,
        case when control_value > 0 then minimum_detectable_effect / control_value end as minimum_detectable_lift,
        smallest_effect_of_interest,
        power_at_effect as power_at_smallest_effect,
        {{ feedlift._whole_units('needed_units * arm_share_of_pair') }} as needed_unit_count,
        {{ feedlift._whole_units('needed_units * (1 - arm_share_of_pair)') }} as needed_control_unit_count,
        {{ feedlift._whole_units('needed_units / pair_share') }} as needed_user_count,
        daily_new_users,
        case
            when minimum_detectable_effect <= abs(smallest_effect_of_interest) or needed_units <= units_so_far then 0e0
            else (needed_units - units_so_far) / pair_share / nullif(daily_new_users, 0)
        end as days_to_go,
        wanted_power,
        cast({{ feedlift.setting('confidence_level') }} as {{ double }}) as confidence_level,
        null_reason
    from tested

)

select * from final
