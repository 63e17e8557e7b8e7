with tested as (

    select
        *,
        row_number() over (partition by experiment_id, arm, metric order by p_value, segment, segment_value) as place,
        count(*) over (partition by experiment_id, arm, metric) as test_count
    from segment_results
    where p_value is not null

),

-- Tests with equal p-values have places of their own; the smallest product, at the last of them, reaches them all.
adjusted as (

    select
        *,
        min(p_value * test_count / place) over (
            partition by experiment_id, arm, metric
            order by place
            rows between current row and unbounded following
        ) as adjusted_p_value
    from tested

),

families as (

    select experiment_id, arm, metric, count(p_value) as test_count
    from segment_results
    group by experiment_id, arm, metric

)

select
    r.experiment_id,
    r.arm,
    r.metric,
    r.segment,
    r.segment_value,
    r.p_value,
    f.test_count,
    a.adjusted_p_value,
    a.adjusted_p_value <= 0.05 as is_significant
from segment_results as r
join families as f using (experiment_id, arm, metric)
left join adjusted as a using (experiment_id, arm, metric, segment, segment_value)
where metric in ('clicks_per_user', 'home_feed_engagements_per_user', 'opt_outs_per_user')
