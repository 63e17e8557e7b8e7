{#-
  Every recoverable effect of `planted_truth` lies inside the 99.9 % interval of the readout on the committed seeds,
  unadjusted and with CUPED, for everyone and for the segments that have a truth. A missing or null result fails.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with results as (

    -- The bootstrap has no t statistic, and the unadjusted estimate.
    select * from {{ ref('experiment_results') }}
    where method <> 'poisson_bootstrap'

),

planted_truth as (

    select
        experiment_id,
        population,
        metric,
        segment,
        segment_value,
        arm,
        control_arm,
        cast(estimate as {{ feedlift.data_type('double') }}) as true_estimate
    from {{ ref('planted_truth') }}
    where
        cast(is_recoverable as {{ feedlift.data_type('boolean') }})
        and metric in ({{ feedlift.literals(feedlift.metrics() | list) }})

),

compared as (

    select
        planted_truth.*,
        results.method,
        results.estimate,
        results.estimate_se,
        results.degrees_of_freedom,
        abs(results.estimate - planted_truth.true_estimate) / results.estimate_se as t_magnitude
    from planted_truth
    left join results
        on
            planted_truth.experiment_id = results.experiment_id
            and planted_truth.population = results.population
            and planted_truth.metric = results.metric
            and planted_truth.segment = results.segment
            and planted_truth.segment_value = results.segment_value
            and planted_truth.arm = results.arm
            and planted_truth.control_arm = results.control_arm

),

-- The truth lies inside the 99.9 % interval exactly when a test of it has p >= .001.
final as (

    select
        *,
        2 * {{ feedlift.student_t_survival('t_magnitude', 'degrees_of_freedom') }} as p_value_of_truth
    from compared

)

select *
from final
where p_value_of_truth is null or p_value_of_truth < 1e-3
