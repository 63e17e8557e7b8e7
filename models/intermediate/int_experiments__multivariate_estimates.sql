{#- Only metrics with several covariates, and only everyone: their moments are not worth taking per segment value. -#}
{%- set keys = ['experiment_id', 'population', 'metric'] -%}
{%- set metrics = feedlift.multivariate_metric_expressions() -%}
{%- set columns = feedlift.estimate_columns() | reject('equalto', 'null_reason') | list -%}
with moment_estimates as (

    select * from {{ ref('int_experiments__moment_estimates') }}
    where segment = 'all' and method = 'unadjusted'

),

{% if metrics -%}
arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

moments as (

    {{ feedlift.unit_moments(
        ref('int_experiments__unit_measures'),
        group_by=['experiment_id', 'population', 'arm', 'phase'],
        metrics=metrics,
        center_by=['experiment_id', 'population'],
    ) | indent(4) }}

),

arm_moments as (

    select
        moments.*,
        arms.is_control
    from moments
    inner join arms on moments.experiment_id = arms.experiment_id and moments.arm = arms.arm

),

estimates as (

    {{ feedlift.arm_estimates(
        'arm_moments',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
        covariate_count=feedlift._covariate_count(metrics),
    ) | indent(4) }}

),

final as (

    select
        {{ feedlift._key_columns(keys, 'estimates') }},
        'all' as segment,
        'all' as segment_value,
        estimates.arm,
        estimates.control_arm,
        estimates.method,
        {%- for column in columns %}
        estimates.{{ column }},
        {%- endfor %}
        case when estimates.null_reason = 'not_logged' then moment_estimates.null_reason else estimates.null_reason end
            as null_reason
    from estimates
    inner join moment_estimates
        on {{ feedlift._keys_match(keys + ['arm'], 'estimates', 'moment_estimates') }}
    where estimates.method = 'cuped_multivariate'

)
{%- else -%}
final as (

    select * from moment_estimates
    where false

)
{%- endif %}

select * from final
