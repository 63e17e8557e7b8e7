{#-
  Teasing titles are planted in one experiment: they raise CTR, and satisfy fewer users. No other lift of the demo is
  one of clicks that do not satisfy, and where nothing is planted there is no lift to audit.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with audit as (

    select distinct
        experiment_id,
        population,
        arm,
        verdict,
        ctr_lift,
        satisfied_ctr_lift
    from {{ ref('experiment_clickbait_audit') }}
    where experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)

)

select *
from audit
where
    (experiment_id = 'clickbait_titles') <> (verdict = 'lift_is_clickbait')
    or (experiment_id = 'clickbait_titles' and (ctr_lift < 0.3 or satisfied_ctr_lift > -0.1))
    or (experiment_id in ('aa_test', 'ranker_depth', 'closeup_redesign') and verdict <> 'no_lift')
