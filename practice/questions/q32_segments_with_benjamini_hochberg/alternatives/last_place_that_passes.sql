with tested as (

    select
        experiment_id,
        arm,
        metric,
        segment,
        segment_value,
        p_value,
        cume_dist() over (partition by experiment_id, arm, metric order by p_value) as share
    from segment_results
    where p_value is not null

),

adjusted as (

    select
        *,
        min(p_value / share) over (partition by experiment_id, arm, metric order by p_value desc) as adjusted_p_value,
        max(p_value) filter (where p_value <= 0.05 * share) over (partition by experiment_id, arm, metric)
            as last_significant_p_value
    from tested

)

select
    r.experiment_id,
    r.arm,
    r.metric,
    r.segment,
    r.segment_value,
    r.p_value,
    count(r.p_value) over (partition by r.experiment_id, r.arm, r.metric) as test_count,
    a.adjusted_p_value,
    case when r.p_value is not null then coalesce(r.p_value <= a.last_significant_p_value, false) end as is_significant
from segment_results as r
left join adjusted as a using (experiment_id, arm, metric, segment, segment_value)
where metric in ('clicks_per_user', 'home_feed_engagements_per_user', 'opt_outs_per_user')
