-- The readout of one experiment: what changed, by how much, and how sure that is.
select
    metric,
    control_value,
    arm_value,
    relative_lift,
    relative_lift_lower,
    relative_lift_upper,
    p_value
from {{ ref('experiment_results') }}
where
    experiment_id = 'ranker_depth'
    and population = 'assigned'
    and segment = 'all'
    and method = 'cuped'
    and metric in ('ctr', 'impressions_per_user', 'clicks_per_user', 'saves_per_user', 'hide_rate', 'report_rate')
order by metric
