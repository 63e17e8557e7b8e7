with results as (

    select * from {{ ref('experiment_results') }}
    where
        population = 'assigned'
        and segment = 'all'
        and coalesce(null_reason, '') <> 'unknown_cluster'
        -- Counts only the users whose day has passed.
        and metric not in ({{ feedlift.literals(feedlift.metrics_of_type('retention') | list) }})

),

units as (

    select * from {{ ref('int_experiments__randomised_units') }}

),

arms_by_phase as (

    select
        experiment_id,
        phase,
        arm,
        count(*) as user_count
    from units
    group by experiment_id, phase, arm

),

-- A phase in which one of the two arms has nobody offers no comparison.
pairs as (

    select distinct
        results.experiment_id,
        results.arm,
        results.control_arm,
        treated.phase,
        treated.user_count,
        control.user_count as control_user_count
    from results
    inner join arms_by_phase as treated
        on results.experiment_id = treated.experiment_id and results.arm = treated.arm
    inner join arms_by_phase as control
        on
            results.experiment_id = control.experiment_id
            and results.control_arm = control.arm
            and treated.phase = control.phase

),

expected as (

    select
        experiment_id,
        arm,
        sum(user_count) as user_count,
        sum(control_user_count) as control_user_count
    from pairs
    group by experiment_id, arm

),

final as (

    select
        results.experiment_id,
        results.metric,
        results.arm,
        results.method,
        results.unit_count,
        expected.user_count,
        results.control_unit_count,
        expected.control_user_count,
        results.null_reason
    from results
    left join expected on results.experiment_id = expected.experiment_id and results.arm = expected.arm

)

select *
from final
where
    (null_reason is null or null_reason <> 'not_logged')
    and (
        unit_count <> coalesce(user_count, 0)
        or control_unit_count <> coalesce(control_user_count, 0)
    )
