-- The readout of one experiment: what changed, by how much, and how sure that is.
select
    metric,
    round(control_value, 4) as control,
    round(arm_value, 4) as treatment,
    round(100 * relative_lift, 1) as lift_percent,
    round(100 * relative_lift_lower, 1) as lift_lower,
    round(100 * relative_lift_upper, 1) as lift_upper,
    p_value
from {{ ref('experiment_results') }}
where
    experiment_id = 'ranker_depth'
    and population = 'assigned'
    and segment = 'all'
    and method = 'cuped'
    and metric in ('ctr', 'impressions_per_user', 'clicks_per_user', 'saves_per_user', 'hide_rate', 'report_rate')
order by metric
