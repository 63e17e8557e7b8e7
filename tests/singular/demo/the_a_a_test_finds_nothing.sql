{#-
  No metric of the A/A test has a Holm-adjusted p-value below .01, in either method.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with p_values as (

    select
        method,
        metric,
        p_value,
        count(*) over (partition by method) as test_count
    from {{ ref('experiment_results') }}
    where
        experiment_id = 'aa_test'
        and population = 'assigned'
        and segment = 'all'

)

-- The smallest p-value of Holm's procedure is the smallest p-value times the number of tests.
select *
from p_values
where p_value * test_count < 1e-2
