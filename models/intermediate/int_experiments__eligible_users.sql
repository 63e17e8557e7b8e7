with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

eligibility as (

    select * from {{ ref('stg_feed__eligibility') }}

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

-- Who was eligible already when the experiment started could be assigned from then on.
first_eligible as (

    select
        eligibility.experiment_id,
        eligibility.user_id,
        case
            when min(eligibility.eligible_at) < min(experiments.starts_at) then min(experiments.starts_at)
            else min(eligibility.eligible_at)
        end as eligible_at
    from eligibility
    inner join experiments on eligibility.experiment_id = experiments.experiment_id
    where eligibility.eligible_at < experiments.ends_at or experiments.ends_at is null
    group by eligibility.experiment_id, eligibility.user_id

),

phases as (

    select distinct
        experiment_id,
        phase,
        starts_at,
        ends_at
    from arm_shares

),

final as (

    select
        first_eligible.experiment_id,
        first_eligible.user_id,
        first_eligible.eligible_at,
        units.arm,
        coalesce(phases.phase, 0) as phase
    from first_eligible
    left join units
        on first_eligible.experiment_id = units.experiment_id and first_eligible.user_id = units.user_id
    left join phases
        on
            first_eligible.experiment_id = phases.experiment_id
            and first_eligible.eligible_at >= phases.starts_at
            and (first_eligible.eligible_at < phases.ends_at or phases.ends_at is null)

)

select * from final
