with concentration as (

    select * from {{ ref('experiment_concentration') }}
    where metric is not null

),

results as (

    select * from {{ ref('experiment_results') }}
    where
        segment = 'all'
        and method = 'unadjusted'
        and metric in (select concentration.metric from concentration)

)

select
    results.experiment_id,
    results.population,
    results.arm,
    results.metric
from results
full outer join concentration
    on
        results.experiment_id = concentration.experiment_id
        and results.population = concentration.population
        and results.arm = concentration.arm
        and results.metric = concentration.metric
where
    concentration.metric is null
    or results.metric is null
    or coalesce(results.null_reason, '') <> coalesce(concentration.null_reason, '')
    or results.unit_count <> concentration.unit_count
    or abs(results.estimate - concentration.estimate) > 1e-15
    or abs(results.p_value - concentration.p_value) > 1e-12
