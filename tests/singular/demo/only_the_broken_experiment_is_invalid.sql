{#-
  `closeup_redesign`, whose logging drops treated users, is invalid for its sample ratio, and nothing speaks against any
  other experiment: no check of theirs raises a false alarm.
-#}
{{ config(enabled=feedlift.is_demo()) }}
select
    experiment_id,
    verdict,
    invalid_reason,
    reasons
from {{ ref('experiment_validity') }}
where
    case experiment_id
        when 'closeup_redesign'
            then verdict <> 'invalid' or coalesce(invalid_reason, '') not like '%sample_ratio_mismatch%'
        else verdict <> 'valid'
    end
