{%- set keys = ['experiment_id', 'population', 'metric'] -%}
{%- set kept = [
    'is_ratio', 'cuped_coefficient', 'unit_count', 'control_unit_count', 'nonzero_unit_count',
    'control_nonzero_unit_count',
] -%}
{%- set columns = feedlift.estimate_columns() | reject('in', kept + ['unadjusted_variance', 'null_reason']) | list -%}
with caps as (

    select * from {{ ref('int_experiments__winsorisation_caps') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

-- Without any mean there are no caps, and nobody to go with them.
moments as (

    {{ feedlift.winsorised_moments(
        ref('int_experiments__unit_measures'),
        ref('int_experiments__winsorisation_caps'),
        group_by=['experiment_id', 'population', 'arm', 'phase'],
        metrics=feedlift.mean_expressions() or {'none': {'numerator': 'null'}},
        cap_by=['experiment_id', 'population'],
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
    ) | indent(4) }}

),

-- Where fewer users than the quantile leaves above it are not zero, the cap is zero and cuts off all there is.
judged as (

    select
        estimates.*,
        case
            when estimates.null_reason = 'not_logged' then 'not_logged'
            when caps.cap <= 0 then 'cap_is_zero'
            else estimates.null_reason
        end as capped_null_reason
    from estimates
    inner join caps
        on {{ feedlift._keys_match(keys, 'estimates', 'caps') }}
    where estimates.control_arm is not null

),

-- The capped mean is another quantity than the mean: its variance is no part of the mean's.
final as (

    select
        {{ keys | join(', ') }},
        'all' as segment,
        'all' as segment_value,
        arm,
        control_arm,
        case when method = 'unadjusted' then 'winsorised' else 'winsorised_cuped' end as method,
        {{ kept | join(', ') }},
        {%- for column in columns %}
        case
            when capped_null_reason is null or capped_null_reason <> 'cap_is_zero' then {{ column }}
        end as {{ column }},
        {%- endfor %}
        case
            when method = 'cuped' and (capped_null_reason is null or capped_null_reason <> 'cap_is_zero')
                then unadjusted_variance
        end as unadjusted_variance,
        capped_null_reason as null_reason
    from judged

)

select * from final
