with last_days as (

    select * from {{ ref('experiment_results_by_day') }}
    where is_latest

),

results as (

    select * from {{ ref('experiment_results') }}
    where
        segment = 'all'
        and method in ('unadjusted', 'cuped')
        and metric in (select distinct by_day.metric from {{ ref('experiment_results_by_day') }} as by_day)
        -- Only experiments that are randomised by user have a path.
        and experiment_id not in (select clusters.experiment_id from {{ ref('int_experiments__clusters') }} as clusters)

),

compared as (

    select
        coalesce(results.experiment_id, last_days.experiment_id) as experiment_id,
        coalesce(results.population, last_days.population) as population,
        coalesce(results.metric, last_days.metric) as metric,
        coalesce(results.arm, last_days.arm) as arm,
        coalesce(results.method, last_days.method) as compared_method,
        case
            when last_days.experiment_id is null then 'the path does not reach the result'
            when results.experiment_id is null then 'the path ends in no result'
            when
                results.unit_count <> last_days.unit_count or results.control_unit_count <> last_days.control_unit_count
                then 'the users differ'
            when coalesce(results.null_reason, '') <> coalesce(last_days.null_reason, '') then 'the reasons differ'
            -- In units of the standard error, below which rounding is all that is left of a small difference.
            when abs(results.estimate - last_days.estimate) > 1e-9 * (abs(results.estimate) + results.estimate_se)
                then 'the estimates differ'
            when abs(results.estimate_se - last_days.estimate_se) > 1e-9 * results.estimate_se
                then 'the standard errors differ'
            when abs(results.p_value - last_days.p_value) > 1e-9 then 'the p-values differ'
            when abs(results.sequential_p_value - last_days.sequential_p_value) > 1e-9
                then 'the always-valid p-values differ'
            when (results.p_value is null) <> (last_days.p_value is null) then 'a p-value is missing'
            when (results.sequential_p_value is null) <> (last_days.sequential_p_value is null)
                then 'an always-valid p-value is missing'
        end as deviation
    from results
    full outer join last_days
        on
            results.experiment_id = last_days.experiment_id
            and results.population = last_days.population
            and results.metric = last_days.metric
            and results.arm = last_days.arm
            and results.method = last_days.method

)

select *
from compared
where deviation is not null
