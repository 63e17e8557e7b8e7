{%- set double = feedlift.data_type('double') -%}
{%- set relative_effects = feedlift.setting('power_curve_relative_effects') -%}
with power_inputs as (

    select * from {{ ref('int_experiments__power_inputs') }}

),

{{ feedlift._validities() }},

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

tested as (

    {{ feedlift._power_by_test('effects', effect='effect', columns=[
        'experiment_id', 'population', 'metric', 'metric_role', 'arm', 'control_arm', 'method', 'relative_effect',
        'effect',
    ]) | indent(4) }}

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
        tested.needed_unit_count,
        tested.needed_control_unit_count,
        tested.needed_user_count,
        tested.wanted_power,
        cast({{ feedlift.setting('confidence_level') }} as {{ double }}) as confidence_level,
        case
            when tested.null_reason is not null then tested.null_reason
            when tested.effect is null then 'control_not_positive'
        end as null_reason,
        validities.is_valid,
        validities.invalid_reason
    from tested
    left join validities
        on tested.experiment_id = validities.experiment_id and tested.population = validities.population

)

select * from final
