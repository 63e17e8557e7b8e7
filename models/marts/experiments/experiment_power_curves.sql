{%- set double = feedlift.data_type('double') -%}
{%- set relative_effects = feedlift.setting('power_curve_relative_effects') -%}
{%- set tests = {
    'fixed_horizon': {'null_reason': 'null_reason', 'planned_unit_count': none},
    'always_valid': {'null_reason': 'sequential_null_reason', 'planned_unit_count': 'planned_user_count'},
} -%}
with power_inputs as (

    select * from {{ ref('int_experiments__power_inputs') }}

),

validities as (

    select distinct
        experiment_id,
        population,
        is_valid,
        invalid_reason
    from {{ ref('experiment_results') }}

),

relative_effects as (

    {%- for relative_effect in relative_effects %}
    {{ 'union all' if not loop.first }}
    select cast({{ relative_effect }} as {{ double }}) as relative_effect
    {%- endfor %}

),

effects as (

    select
        power_inputs.experiment_id,
        power_inputs.population,
        power_inputs.metric,
        power_inputs.metric_role,
        power_inputs.arm,
        power_inputs.control_arm,
        power_inputs.method,
        power_inputs.estimate_se,
        power_inputs.planned_user_count,
        power_inputs.null_reason,
        power_inputs.sequential_null_reason,
        power_inputs.pair_share,
        power_inputs.arm_share_of_pair,
        power_inputs.pair_unit_count,
        power_inputs.difference_variance,
        relative_effects.relative_effect,
        case
            when power_inputs.control_value > 0 then relative_effects.relative_effect * power_inputs.control_value
        end as effect
    from power_inputs
    cross join relative_effects

),
{% for test, options in tests.items() %}
{{ test }} as (

    {{ feedlift.power_analysis(
        'effects', effect='effect', variance='difference_variance',
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
        relative_effect,
        effect,
        wanted_power,
        pair_share,
        arm_share_of_pair,
        power_at_effect,
        needed_units,
        '{{ test }}' as test,
        case
            when {{ options.null_reason }} is not null then {{ options.null_reason }}
            when effect is null then 'control_not_positive'
        end as null_reason
    from {{ test }}
    {%- endfor %}

),

final as (

    select
        tested.experiment_id,
        tested.population,
        tested.metric,
        tested.metric_role,
        tested.arm,
        tested.control_arm,
        tested.method,
        tested.test,
        tested.relative_effect,
        tested.effect,
        tested.power_at_effect,
        {{ feedlift._whole_units('tested.needed_units * tested.arm_share_of_pair') }} as needed_unit_count,
        {{ feedlift._whole_units('tested.needed_units * (1 - tested.arm_share_of_pair)') }}
            as needed_control_unit_count,
        {{ feedlift._whole_units('tested.needed_units / tested.pair_share') }} as needed_user_count,
        tested.wanted_power,
        cast({{ feedlift.setting('confidence_level') }} as {{ double }}) as confidence_level,
        tested.null_reason,
        validities.is_valid,
        validities.invalid_reason
    from tested
    left join validities
        on tested.experiment_id = validities.experiment_id and tested.population = validities.population

)

select * from final
