with decomposition as (

    select * from {{ ref('experiment_ctr_decomposition') }}

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
        component,
        sum(estimate) as estimate,
        sum(abs(estimate)) as magnitude,
        sum(case when component = 'rate' then impression_share end) as impression_share,
        sum(case when component = 'rate' then control_impression_share end) as control_impression_share
    from decomposition
    where not is_over_all
    group by experiment_id, population, arm, dimension, component

),

over_strata as (

    select
        experiment_id,
        population,
        arm,
        dimension,
        max(case when component = 'rate' then estimate end) as rate_effect,
        max(case when component = 'mix' then estimate end) as mix_effect,
        max(case when component = 'total' then estimate end) as total_effect,
        max(case when component = 'total' then estimate_se end) as total_se,
        max(case when component = 'total' then p_value end) as total_p_value
    from decomposition
    where is_over_all
    group by experiment_id, population, arm, dimension

),

final as (

    select
        strata.*,
        over_strata.rate_effect,
        over_strata.mix_effect,
        over_strata.total_effect,
        over_strata.total_se,
        over_strata.total_p_value,
        results.estimate as result,
        results.estimate_se as result_se,
        results.p_value as result_p_value,
        case strata.component when 'rate' then over_strata.rate_effect else over_strata.mix_effect end as sum_of_strata
    from strata
    inner join over_strata
        on
            strata.experiment_id = over_strata.experiment_id
            and strata.population = over_strata.population
            and strata.arm = over_strata.arm
            and strata.dimension = over_strata.dimension
    left join results
        on
            strata.experiment_id = results.experiment_id
            and strata.population = results.population
            and strata.arm = results.arm

)

-- To the rounding of what is added: parts may be a thousand times the whole.
select *
from final
where
    coalesce(abs(estimate - sum_of_strata) > 1e-14 * (1 + magnitude), sum_of_strata is not null)
    or coalesce(abs(rate_effect + mix_effect - total_effect) > 1e-14 * (1 + magnitude), total_effect is not null)
    or coalesce(abs(total_effect - result) > 1e-14, result is not null)
    or coalesce(abs(total_se - result_se) > 1e-11 * result_se, result_se is not null)
    or coalesce(abs(total_p_value - result_p_value) > 1e-9 * result_p_value, result_p_value is not null)
    or (component = 'rate' and abs(impression_share - 1) > 1e-12)
    or (component = 'rate' and abs(control_impression_share - 1) > 1e-12)
