{%- set double = feedlift.data_type('double') -%}
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
        has_ended,
        pair_unit_count,
        difference_variance
    from {{ ref('int_experiments__power_inputs') }}

),

{{ feedlift._validities() }},

tested as (

    {{ feedlift._power_by_test('power_inputs', effect='smallest_effect_of_interest', columns=[
        'experiment_id', 'population', 'metric', 'metric_role', 'arm', 'control_arm', 'method', 'unit_count',
        'control_unit_count', 'control_value', 'estimate_se', 'smallest_effect_of_interest', 'daily_new_users',
        'has_ended', 'pair_share',
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
        tested.unit_count,
        tested.control_unit_count,
        tested.estimate_se,
        tested.minimum_detectable_effect,
        case
            when tested.control_value > 0 then tested.minimum_detectable_effect / tested.control_value
        end as minimum_detectable_lift,
        tested.smallest_effect_of_interest,
        tested.power_at_effect as power_at_smallest_effect,
        tested.needed_unit_count,
        tested.needed_control_unit_count,
        tested.needed_user_count,
        tested.daily_new_users,
        case
            when
                tested.minimum_detectable_effect <= abs(tested.smallest_effect_of_interest)
                or tested.needed_units <= tested.units_so_far
                then 0e0
            when not tested.has_ended
                then (tested.needed_units - tested.units_so_far) / tested.pair_share / nullif(tested.daily_new_users, 0)
        end as days_to_go,
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
