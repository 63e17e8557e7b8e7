{#-
  `closeup_redesign`, whose logging drops treated users, fails the sample ratio checks, and no other experiment does.
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
    and (status = 'fail') <> (experiment_id = 'closeup_redesign')
