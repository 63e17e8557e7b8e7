{%- set keys = ['experiment_id', 'population', 'metric', 'look_date'] -%}
with moments as (

    select
        moments.*,
        arms.is_control
    from {{ ref('int_experiments__moments_by_day') }} as moments
    inner join {{ ref('stg_experiments__arms') }} as arms
        on moments.experiment_id = arms.experiment_id and moments.arm = arms.arm
    where arms.randomisation_unit = 'user'

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

),

planned_contrasts as (

    select
        contrasts.*,
        experiments.planned_user_count
    from contrasts
    inner join {{ ref('stg_experiments__experiments') }} as experiments
        on contrasts.experiment_id = experiments.experiment_id

),

tested as (

    {{ feedlift.sequential_tests('planned_contrasts', 'planned_user_count') | indent(4) }}

),

final as (

    select
        experiment_id,
        population,
        metric,
        arm,
        control_arm,
        method,
        look_date,
        unit_count,
        control_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        estimate_lower,
        estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        approximation_quality,
        null_reason,
        planned_user_count,
        sequential_lower,
        sequential_upper,
        sequential_p_value,
        sequential_relative_lift_lower,
        sequential_relative_lift_upper,
        sequential_null_reason,
        confidence_level
    from tested
    -- On the first days control may have nobody.
    where control_arm is not null

)

select * from final
