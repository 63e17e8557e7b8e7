{%- do feedlift.stop_on_problems(ref('stg_experiments__definition_problems')) -%}
with experiments as (

    select * from {{ ref('base_experiments__experiments') }}

),

control_arms as (

    select
        experiment_id,
        arm as control_arm
    from {{ ref('base_experiments__arms') }}
    where is_control

),

final as (

    select
        experiments.experiment_id,
        experiments.description,
        experiments.starts_at,
        experiments.ends_at,
        control_arms.control_arm,
        experiments.trigger_surface,
        experiments.trigger_module_id,
        coalesce(experiments.deciding_population, 'assigned') as deciding_population,
        coalesce(experiments.planned_user_count, {{ feedlift.setting('planned_user_count') }}) as planned_user_count,
        coalesce(experiments.randomisation_unit, 'user') as randomisation_unit
    from experiments
    inner join control_arms on experiments.experiment_id = control_arms.experiment_id

)

select * from final
