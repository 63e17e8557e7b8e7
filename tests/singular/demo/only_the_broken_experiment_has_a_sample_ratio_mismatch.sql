{#-
  `closeup_redesign`, whose logging drops treated users, does not pass the sample ratio checks, and every other
  planted experiment does.
-#}
{{ config(enabled=feedlift.is_demo()) }}
select
    experiment_id,
    check_name,
    status,
    p_value
from {{ ref('experiment_health') }}
where
    check_name in ('sample_ratio_mismatch', 'sequential_sample_ratio_mismatch')
    and experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)
    and (status = 'pass') = (experiment_id = 'closeup_redesign')
