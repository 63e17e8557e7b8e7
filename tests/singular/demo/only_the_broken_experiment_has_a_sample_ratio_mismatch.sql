{#-
  `closeup_redesign`, whose logging drops treated users, fails the sample ratio check, and no other experiment does.
-#}
{{ config(enabled=feedlift.is_demo()) }}
select
    experiment_id,
    status,
    p_value
from {{ ref('experiment_health') }}
where
    check_name = 'sample_ratio_mismatch'
    and (status = 'fail') <> (experiment_id = 'closeup_redesign')
