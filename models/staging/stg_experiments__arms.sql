{%- do feedlift.stop_on_problems(ref('stg_experiments__definition_problems')) -%}
with arms as (

    select * from {{ ref('base_experiments__arms') }}

),

experiments as (

    select * from {{ ref('base_experiments__experiments') }}

),

final as (

    select
        arms.experiment_id,
        arms.arm,
        arms.is_control,
        arms.description,
        coalesce(experiments.randomisation_unit, 'user') as randomisation_unit
    from arms
    inner join experiments on arms.experiment_id = experiments.experiment_id

)

select * from final
