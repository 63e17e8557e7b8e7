with ctr_by_grain as (

    select * from {{ ref('experiment_ctr_by_grain') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where metric = 'ctr' and segment = 'all' and method = 'unadjusted'

),

strata as (

    select
        experiment_id,
        population,
        arm,
        dimension,
        stratum,
        sum(case when is_over_all then 0 else 1 end) as row_count,
        max(arm_value) as arm_value,
        max(control_value) as control_value
    from {{ ref('experiment_ctr_decomposition') }}
    where component = 'rate'
    group by experiment_id, population, arm, dimension, stratum

),

totals as (

    select
        ctr_by_grain.experiment_id,
        ctr_by_grain.population,
        ctr_by_grain.arm,
        ctr_by_grain.grain,
        ctr_by_grain.stratum
    from ctr_by_grain
    left join results
        on
            ctr_by_grain.experiment_id = results.experiment_id
            and ctr_by_grain.population = results.population
            and ctr_by_grain.arm = results.arm
    where
        ctr_by_grain.grain = 'ratio_of_totals'
        and (
            coalesce(ctr_by_grain.unit_count <> results.unit_count, true)
            or coalesce(abs(ctr_by_grain.estimate - results.estimate) > 1e-14, results.estimate is not null)
            or coalesce(
                abs(ctr_by_grain.estimate_se - results.estimate_se) > 1e-11 * results.estimate_se,
                results.estimate_se is not null
            )
        )

),

shown as (

    select
        ctr_by_grain.experiment_id,
        ctr_by_grain.population,
        ctr_by_grain.arm,
        ctr_by_grain.grain,
        ctr_by_grain.stratum
    from ctr_by_grain
    inner join strata
        on
            ctr_by_grain.experiment_id = strata.experiment_id
            and ctr_by_grain.population = strata.population
            and ctr_by_grain.arm = strata.arm
            and ctr_by_grain.grain = strata.dimension
            and ctr_by_grain.stratum = strata.stratum
    where
        strata.row_count = 1
        and (
            coalesce(abs(ctr_by_grain.arm_value - strata.arm_value) > 1e-14, strata.arm_value is not null)
            or coalesce(
                abs(ctr_by_grain.control_value - strata.control_value) > 1e-14, strata.control_value is not null
            )
        )

),

final as (

    select * from totals
    union all
    select * from shown

)

select * from final
