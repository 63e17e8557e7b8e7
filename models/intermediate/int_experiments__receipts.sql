with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

exposures as (

    select * from {{ ref('int_experiments__exposures') }}

),

experiments_with_trigger as (

    select experiment_id
    from {{ ref('int_experiments__triggers') }}
    where trigger_status <> 'not_declared'

),

-- Whoever is in control meets a trigger, if at all, without the treatment behind it.
final as (

    select
        units.experiment_id,
        units.user_id,
        units.arm,
        arms.is_control,
        exposures.user_id is not null and not arms.is_control as has_received_treatment
    from units
    inner join experiments_with_trigger on units.experiment_id = experiments_with_trigger.experiment_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    left join exposures
        on units.experiment_id = exposures.experiment_id and units.user_id = exposures.user_id

)

select * from final
