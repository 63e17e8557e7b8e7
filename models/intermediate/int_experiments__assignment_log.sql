with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

units as (

    select * from {{ ref('int_experiments__units') }}

),

refused_assignments as (

    select * from {{ ref('stg_feed__assignments_rejected') }}
    where refusal_reason <> 'duplicate'

),

units_by_experiment as (

    select
        experiment_id,
        count(*) as user_count,
        count(case when exclusion_reason = 'two_arms_at_once' then 1 end) as two_arms_at_once_count,
        count(case when exclusion_reason = 'assigned_before_start' then 1 end) as assigned_before_start_count,
        count(case when exclusion_reason = 'assigned_after_end' then 1 end) as assigned_after_end_count
    from units
    group by experiment_id

),

refusals_by_experiment as (

    select
        experiment_id,
        count(*) as refused_row_count
    from refused_assignments
    group by experiment_id

),

final as (

    select
        experiments.experiment_id,
        coalesce(units_by_experiment.user_count, 0) as user_count,
        coalesce(units_by_experiment.two_arms_at_once_count, 0) as two_arms_at_once_count,
        coalesce(units_by_experiment.assigned_before_start_count, 0) as assigned_before_start_count,
        coalesce(units_by_experiment.assigned_after_end_count, 0) as assigned_after_end_count,
        coalesce(refusals_by_experiment.refused_row_count, 0) as refused_row_count
    from experiments
    left join units_by_experiment on experiments.experiment_id = units_by_experiment.experiment_id
    left join refusals_by_experiment on experiments.experiment_id = refusals_by_experiment.experiment_id

)

select * from final
