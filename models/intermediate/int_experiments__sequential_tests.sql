{%- set keys = [
    'experiment_id', 'population', 'metric', 'segment', 'segment_value', 'arm', 'control_arm', 'method',
] -%}
with contrasts as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.segment,
        contrasts.segment_value,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
        contrasts.is_ratio,
        contrasts.skewness,
        contrasts.control_skewness,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.nonzero_unit_count,
        contrasts.control_nonzero_unit_count,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.arm_value_variance,
        contrasts.control_value_variance,
        contrasts.covariance_of_values,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.null_reason,
        experiments.planned_user_count
    from {{ ref('int_experiments__contrasts') }} as contrasts
    inner join {{ ref('stg_experiments__experiments') }} as experiments
        on contrasts.experiment_id = experiments.experiment_id

),

tested as (

    {{ feedlift.sequential_tests('contrasts', 'planned_user_count') | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        planned_user_count,
        sequential_lower,
        sequential_upper,
        sequential_p_value,
        sequential_relative_lift_lower,
        sequential_relative_lift_upper,
        sequential_null_reason
    from tested

)

select * from final
