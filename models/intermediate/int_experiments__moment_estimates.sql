with moments as (

    select * from {{ ref('int_experiments__moments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

arm_moments as (

    select
        moments.*,
        arms.is_control
    from moments
    inner join arms on moments.experiment_id = arms.experiment_id and moments.arm = arms.arm

),

final as (

    {{ feedlift.arm_estimates(
        'arm_moments',
        keys=['experiment_id', 'population', 'metric', 'segment', 'segment_value'],
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

select * from final
