with definitions as (

    select * from {{ ref('experiment_exposure_definitions') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where segment = 'all' and method = 'unadjusted'

),

-- CTR by every definition has a metric of its own, of which the definition's row is another computation.
expected as (

    select
        definitions.experiment_id,
        definitions.population,
        definitions.metric,
        definitions.definition,
        definitions.arm,
        definitions.unit_count,
        definitions.estimate,
        definitions.estimate_se,
        definitions.p_value,
        results.unit_count as expected_unit_count,
        results.estimate as expected_estimate,
        results.estimate_se as expected_estimate_se,
        results.p_value as expected_p_value
    from definitions
    inner join results
        on
            definitions.experiment_id = results.experiment_id
            and definitions.population = results.population
            and definitions.arm = results.arm
            and (
                (definitions.is_configured_definition and definitions.metric = results.metric)
                or (definitions.metric = 'ctr' and results.metric = 'ctr_' || definitions.definition)
            )

)

select *
from expected
where
    unit_count <> expected_unit_count
    or coalesce(abs(estimate - expected_estimate) > 1e-14, coalesce(estimate, expected_estimate) is not null)
    or coalesce(
        abs(estimate_se - expected_estimate_se) > 1e-11 * expected_estimate_se,
        coalesce(estimate_se, expected_estimate_se) is not null
    )
    or coalesce(abs(p_value - expected_p_value) > 1e-10, coalesce(p_value, expected_p_value) is not null)
