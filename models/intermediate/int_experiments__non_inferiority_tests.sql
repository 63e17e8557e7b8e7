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
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.arm_value_variance,
        contrasts.control_value_variance,
        contrasts.covariance_of_values,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.degrees_of_freedom,
        contrasts.null_reason,
        metric_roles.desired_direction,
        metric_roles.non_inferiority_margin,
        metric_roles.margin_scale
    from {{ ref('int_experiments__contrasts') }} as contrasts
    inner join {{ ref('int_experiments__metric_roles') }} as metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric
    where metric_roles.non_inferiority_margin is not null

),

tested as (

    {{ feedlift.non_inferiority_tests(
        'contrasts', 'desired_direction', 'non_inferiority_margin', 'margin_scale'
    ) | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        non_inferiority_margin,
        margin_scale,
        non_inferiority_bound,
        non_inferiority_p_value,
        is_non_inferior
    from tested

)

select * from final
