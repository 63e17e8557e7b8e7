{#-
  Two metrics that agree to the last digit in every experiment are one test, which corrections for the number of tests
  would count twice.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with results as (

    select
        experiment_id,
        population,
        arm,
        metric,
        estimate,
        estimate_se
    from {{ ref('experiment_results') }}
    where segment = 'all' and method = 'unadjusted'

)

select
    one.metric,
    other.metric as other_metric
from results as one
inner join results as other
    on
        one.experiment_id = other.experiment_id
        and one.population = other.population
        and one.arm = other.arm
        and one.metric < other.metric
group by one.metric, other.metric
having count(case when one.estimate = other.estimate and one.estimate_se = other.estimate_se then 1 end) = count(*)
