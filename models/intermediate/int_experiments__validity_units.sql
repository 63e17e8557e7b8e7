with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where population = 'assigned'

),

triggers as (

    select * from {{ ref('int_experiments__triggers') }}

),

exposures as (

    select * from {{ ref('int_experiments__exposures') }}

),

signals as (

    select * from {{ ref('int_experiments__signals') }}

),

refusals as (

    select * from {{ ref('int_users__refusals') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

final as (

    select
        units.experiment_id,
        units.user_id,
        units.arm,
        arms.is_control,
        units.phase,
        case when units.is_crossover then 1 else 0 end as crossover,
        coalesce(refusals.refused_row_count, 0) as refused_row_count,
        coalesce(refusals.row_count, 0) as row_count,
        signals.session_count,
        signals.session_with_impression_count,
        signals.click_count,
        signals.click_with_dwell_count,
        signals.click_with_impression_count,
        case
            when triggers.trigger_status = 'usable'
                then case when exposures.user_id is not null then 1 else 0 end
        end as exposure_rate,
        case
            when triggers.trigger_status = 'usable'
                then {{ feedlift.seconds_between('units.assigned_at', 'exposures.exposed_at') }} / 3600e0
        end as time_to_exposure,
        {{ feedlift.each_measure('unit_measures.{measure}_before') }}
    from units
    inner join unit_measures
        on units.experiment_id = unit_measures.experiment_id and units.user_id = unit_measures.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    inner join triggers on units.experiment_id = triggers.experiment_id
    left join exposures
        on units.experiment_id = exposures.experiment_id and units.user_id = exposures.user_id
    left join signals on units.experiment_id = signals.experiment_id and units.user_id = signals.user_id
    left join refusals on units.user_id = refusals.user_id

)

select * from final
