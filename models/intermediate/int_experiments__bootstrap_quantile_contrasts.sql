with observations as (

    select * from {{ ref('int_experiments__observations') }}
    where metric in ({{ feedlift.literals(feedlift.bootstrapped_metrics(quantiles=true)) }})

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

arm_observations as (

    select
        observations.*,
        'all' as segment,
        'all' as segment_value,
        arms.is_control
    from observations
    inner join arms on observations.experiment_id = arms.experiment_id and observations.arm = arms.arm

),

final as (

    {{ feedlift.bootstrap_quantile_contrasts(
        'arm_observations',
        unit='user_id',
        keys=['experiment_id', 'population', 'segment', 'segment_value', 'metric'],
        is_control='is_control',
        value='observed_value',
        quantile='quantile',
        replicates=feedlift.setting('bootstrap_replicates') or 999,
        seed=feedlift.setting('bootstrap_seed'),
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

-- An experiment has a control; a part of it may have nobody in it.
select * from final
where control_arm is not null
