{#-
  The carousel's clicks start at seven times the rate and lose half of the surplus every week: its primary metric and
  its CTR fade. No other experiment plants a trend: none is found in the primary metric of anybody assigned, and none at
  all in the A/A test and the deeper ranker.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with novelty as (

    select * from {{ ref('experiment_novelty') }}
    where
        population = 'assigned'
        and experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)

)

select
    experiment_id,
    metric,
    scale,
    arm,
    trend,
    'planted and not found' as problem
from novelty
where
    experiment_id = 'fresh_carousel'
    and metric in ('clicks_per_user', 'ctr')
    and coalesce(trend, 'none') <> 'fading'

union all

select
    experiment_id,
    metric,
    scale,
    arm,
    trend,
    'found and not planted' as problem
from novelty
where
    (trend <> 'not_found' and experiment_id in ('aa_test', 'ranker_depth'))
    or (trend <> 'not_found' and metric_role = 'primary' and experiment_id <> 'fresh_carousel')
