with observations as (

    select * from {{ ref('int_experiments__observations') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

arm_observations as (

    select
        observations.experiment_id,
        observations.population,
        observations.metric,
        'all' as segment,
        'all' as segment_value,
        observations.arm,
        observations.phase,
        observations.user_id,
        observations.quantile,
        observations.observed_value,
        arms.is_control
    from observations
    inner join arms on observations.experiment_id = arms.experiment_id and observations.arm = arms.arm

),

final as (

    {{ feedlift.quantile_estimates(
        'arm_observations',
        unit='user_id',
        keys=['experiment_id', 'population', 'metric', 'segment', 'segment_value'],
        is_control='is_control',
        value='observed_value',
        quantile='quantile',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

-- An experiment has a control; a part of it may have nobody in it.
select * from final
where control_arm is not null
