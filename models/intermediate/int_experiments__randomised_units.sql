with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

user_experiments as (

    select experiment_id
    from {{ ref('stg_experiments__experiments') }}
    where randomisation_unit = 'user'

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}
    where cluster_id is not null

),

-- A cluster is in an arm from its first user on; one that is in several arms counts in each.
final as (

    select
        units.experiment_id,
        units.user_id as randomised_unit_id,
        units.arm,
        units.phase,
        units.assigned_at
    from units
    inner join user_experiments on units.experiment_id = user_experiments.experiment_id

    union all

    select
        experiment_id,
        cluster_id as randomised_unit_id,
        arm,
        phase,
        min(assigned_at) as assigned_at
    from clusters
    group by experiment_id, cluster_id, arm, phase

)

select * from final
