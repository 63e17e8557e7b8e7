with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

logged_exposures as (

    select * from {{ ref('stg_feed__exposures') }}

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}
    where coalesce(is_rendered, true)

),

-- A stray row of somebody who is not in the experiment does not make a log of it, nor take its declared trigger away.
experiments_with_a_log as (

    select distinct units.experiment_id
    from units
    inner join logged_exposures
        on units.experiment_id = logged_exposures.experiment_id and units.user_id = logged_exposures.user_id

),

triggers as (

    select
        experiments.experiment_id,
        experiments.trigger_surface,
        experiments.trigger_module_id,
        case
            when experiments_with_a_log.experiment_id is not null then 'exposure_log'
            when experiments.trigger_module_id is not null then 'module'
            when experiments.trigger_surface is not null then 'surface'
        end as trigger_source
    from experiments
    left join experiments_with_a_log on experiments.experiment_id = experiments_with_a_log.experiment_id

),

exposure_events as (

    select
        triggers.experiment_id,
        logged_exposures.user_id,
        logged_exposures.exposed_at
    from triggers
    inner join logged_exposures on triggers.experiment_id = logged_exposures.experiment_id
    where triggers.trigger_source = 'exposure_log'

    union all

    select
        triggers.experiment_id,
        impressions.user_id,
        impressions.event_at as exposed_at
    from triggers
    inner join impressions
        on
            (triggers.trigger_surface is null or triggers.trigger_surface = impressions.surface)
            and (triggers.trigger_module_id is null or triggers.trigger_module_id = impressions.module_id)
    where triggers.trigger_source in ('module', 'surface')

),

final as (

    select
        units.experiment_id,
        units.user_id,
        units.arm,
        triggers.trigger_source,
        min(exposure_events.exposed_at) as exposed_at
    from units
    inner join triggers on units.experiment_id = triggers.experiment_id
    inner join exposure_events
        on units.experiment_id = exposure_events.experiment_id and units.user_id = exposure_events.user_id
    where
        exposure_events.exposed_at >= units.assigned_at
        and (exposure_events.exposed_at < units.experiment_ends_at or units.experiment_ends_at is null)
    group by units.experiment_id, units.user_id, units.arm, triggers.trigger_source

)

select * from final
