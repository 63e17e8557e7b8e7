{%- set keys = ['experiment_id', 'population', 'metric', 'segment', 'segment_value'] -%}
{%- set columns = feedlift.estimate_columns() | reject('equalto', 'null_reason') | list -%}
with moments as (

    select * from {{ ref('int_experiments__moments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

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

-- Whether a user was active is always logged: who is missing is missing because the day has not passed.
final as (

    select
        {{ (keys + ['arm', 'control_arm', 'method'] + columns) | join(', ') }},
        case
            when
                null_reason = 'not_logged'
                and metric in ({{ feedlift.literals(feedlift.metrics_of_type('retention') | list) }})
                then 'no_mature_units'
            else null_reason
        end as null_reason
    from estimates
    -- An experiment has a control; a value of a segment may have nobody in it.
    where control_arm is not null

)

select * from final
