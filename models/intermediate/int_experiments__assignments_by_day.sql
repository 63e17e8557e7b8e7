with units as (

    select * from {{ ref('int_experiments__randomised_units') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

looks as (

    select * from {{ ref('int_experiments__looks') }}

),

assigned as (

    select
        experiment_id,
        phase,
        arm,
        cast(assigned_at as date) as assigned_date,
        count(*) as user_count
    from units
    group by experiment_id, phase, arm, cast(assigned_at as date)

),

planned_experiments as (

    select distinct experiment_id
    from arm_shares

),

unplanned_cells as (

    select distinct
        assigned.experiment_id,
        assigned.phase,
        assigned.arm
    from assigned
    left join arm_shares
        on
            assigned.experiment_id = arm_shares.experiment_id
            and assigned.phase = arm_shares.phase
            and assigned.arm = arm_shares.arm
    where arm_shares.arm is null

),

-- An arm that has users in a phase without a share has the share 0; where no shares are planned at all it is unknown.
cells as (

    select
        experiment_id,
        phase,
        arm,
        share as planned_share
    from arm_shares

    union all

    select
        unplanned_cells.experiment_id,
        unplanned_cells.phase,
        unplanned_cells.arm,
        case when planned_experiments.experiment_id is not null then 0e0 end as planned_share
    from unplanned_cells
    left join planned_experiments on unplanned_cells.experiment_id = planned_experiments.experiment_id

),

final as (

    select
        looks.experiment_id,
        looks.look_date,
        cells.phase,
        cells.arm,
        cells.planned_share,
        cast(coalesce(sum(assigned.user_count), 0) as {{ feedlift.data_type('integer') }}) as user_count
    from looks
    inner join cells on looks.experiment_id = cells.experiment_id
    left join assigned
        on
            cells.experiment_id = assigned.experiment_id
            and cells.phase = assigned.phase
            and cells.arm = assigned.arm
            and looks.look_date >= assigned.assigned_date
    group by looks.experiment_id, looks.look_date, cells.phase, cells.arm, cells.planned_share

)

select * from final
