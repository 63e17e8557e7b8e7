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
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.null_reason,
        metric_roles.desired_direction
    from {{ ref('int_experiments__contrasts') }} as contrasts
    inner join {{ ref('int_experiments__metric_roles') }} as metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric

),

posteriors as (

    {{ feedlift.effect_posteriors('contrasts', 'desired_direction') | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        chance_to_beat_control,
        expected_loss,
        posterior_mean,
        credible_lower,
        credible_upper,
        posterior_null_reason
    from posteriors

)

select * from final
