{#-
  `closeup_redesign`, whose logging drops treated users, is invalid for its sample ratio, and nothing speaks against any
  other planted experiment: no check of theirs raises a false alarm.
-#}
{{ config(enabled=feedlift.is_demo()) }}
select
    experiment_id,
    verdict,
    invalid_reason,
    reasons
from {{ ref('experiment_validity') }}
where
    experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)
    and case experiment_id
        when 'closeup_redesign'
            then verdict <> 'invalid' or coalesce(invalid_reason, '') not like '%sample_ratio_mismatch%'
        else verdict <> 'valid'
    end
