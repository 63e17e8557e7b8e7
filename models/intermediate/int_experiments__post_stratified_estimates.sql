{%- set keys = ['experiment_id', 'population', 'metric'] -%}
{%- set columns = feedlift.estimate_columns() | reject('in', ['unadjusted_variance', 'null_reason']) | list -%}
{%- set segment = feedlift.post_stratification_segment() -%}
with moment_estimates as (

    select * from {{ ref('int_experiments__moment_estimates') }}
    where segment = 'all' and method = 'unadjusted'

),

moments as (

    select * from {{ ref('int_experiments__moments') }}
    where segment = '{{ segment or '' }}'

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

strata as (

    {{ feedlift.collapsed_strata('moments', keys + ['phase'], 'segment_value') | indent(4) }}

),

merged as (

    {{ feedlift.merged_moments('strata', keys + ['phase', 'collapsed_stratum', 'arm']) | indent(4) }}

),

arm_moments as (

    select
        merged.*,
        cast(merged.phase as {{ feedlift.data_type('text') }}) || ' ' || merged.collapsed_stratum as stratum,
        arms.is_control
    from merged
    inner join arms on merged.experiment_id = arms.experiment_id and merged.arm = arms.arm

),

estimates as (

    {{ feedlift.arm_estimates('arm_moments', keys, 'is_control', 'stratum') | indent(4) }}

),

final as (

    select
        {{ feedlift._key_columns(keys, 'estimates') }},
        'all' as segment,
        'all' as segment_value,
        estimates.arm,
        estimates.control_arm,
        'post_stratified' as method,
        {%- for column in columns %}
        estimates.{{ column }},
        {%- endfor %}
        moment_estimates.unadjusted_variance,
        case when estimates.null_reason = 'not_logged' then moment_estimates.null_reason else estimates.null_reason end
            as null_reason
    from estimates
    inner join moment_estimates
        on {{ feedlift._keys_match(keys + ['arm'], 'estimates', 'moment_estimates') }}
    where estimates.method = 'unadjusted'

)

select * from final
