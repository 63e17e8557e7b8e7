with parts as (

    select
        experiment_id,
        population,
        arm,
        sum(case when component <> 'total' then estimate end) as sum_of_parts,
        sum(abs(estimate)) as magnitude,
        max(case when component = 'total' then estimate end) as total_effect,
        max(case when component = 'total' then estimate_se end) as total_se,
        count(estimate) as estimate_count
    from {{ ref('experiment_click_decomposition') }}
    group by experiment_id, population, arm

),

results as (

    select * from {{ ref('experiment_results') }}
    where metric = 'clicks_per_user' and segment = 'all' and method = 'unadjusted'

),

final as (

    select
        parts.*,
        results.estimate as result,
        results.estimate_se as result_se
    from parts
    left join results
        on
            parts.experiment_id = results.experiment_id
            and parts.population = results.population
            and parts.arm = results.arm

)

select *
from final
where
    (estimate_count = 4 and abs(sum_of_parts - total_effect) > 1e-14 * (1 + magnitude))
    or coalesce(abs(total_effect - result) > 1e-13 * (1 + magnitude), result is not null)
    or coalesce(abs(total_se - result_se) > 1e-11 * result_se, result_se is not null)
