{%- do feedlift.stop_on_problems(ref('stg_experiments__definition_problems')) -%}
with arm_shares as (

    select * from {{ ref('base_experiments__arm_shares') }}

),

share_changes as (

    select distinct
        experiment_id,
        starts_at
    from arm_shares

),

phases as (

    select
        experiment_id,
        starts_at,
        row_number() over (partition by experiment_id order by starts_at) as phase,
        lead(starts_at) over (partition by experiment_id order by starts_at) as ends_at
    from share_changes

),

final as (

    select
        arm_shares.experiment_id,
        arm_shares.arm,
        phases.phase,
        phases.starts_at,
        phases.ends_at,
        arm_shares.share
    from arm_shares
    inner join phases
        on arm_shares.experiment_id = phases.experiment_id and arm_shares.starts_at = phases.starts_at

)

select * from final
