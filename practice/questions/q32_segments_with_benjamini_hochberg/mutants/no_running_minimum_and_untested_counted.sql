with ranked as (

    select
        experiment_id,
        arm,
        metric,
        segment,
        segment_value,
        p_value,
        count(*) over (partition by experiment_id, arm, metric) as test_count,
        row_number() over (partition by experiment_id, arm, metric order by p_value) as place
    from segment_results
    where metric in ('clicks_per_user', 'home_feed_engagements_per_user', 'opt_outs_per_user')

),

adjusted as (

    select
        *,
        p_value * test_count / place as adjusted_p_value
    from ranked

)

select
    experiment_id,
    arm,
    metric,
    segment,
    segment_value,
    p_value,
    test_count,
    adjusted_p_value,
    adjusted_p_value <= 0.05 as is_significant
from adjusted
