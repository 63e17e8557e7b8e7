with tests as (

    select *
    from segment_results
    where metric in ('clicks_per_user', 'home_feed_engagements_per_user', 'opt_outs_per_user')

),

products as (

    select
        one.experiment_id,
        one.arm,
        one.metric,
        one.p_value,
        one.p_value * count(*) / count(*) filter (where other.p_value <= one.p_value) as product
    from (select distinct experiment_id, arm, metric, p_value from tests) as one
    join tests as other using (experiment_id, arm, metric)
    where one.p_value is not null and other.p_value is not null
    group by one.experiment_id, one.arm, one.metric, one.p_value

),

adjusted as (

    select
        *,
        (
            select min(p.product)
            from products as p
            where p.experiment_id = t.experiment_id
                and p.arm = t.arm
                and p.metric = t.metric
                and p.p_value >= t.p_value
        ) as adjusted_p_value
    from tests as t

)

select
    a.experiment_id,
    a.arm,
    a.metric,
    a.segment,
    a.segment_value,
    a.p_value,
    f.test_count,
    a.adjusted_p_value,
    a.adjusted_p_value <= 0.05 as is_significant
from adjusted as a
join (
    select experiment_id, arm, metric, count(p_value) as test_count
    from tests
    group by experiment_id, arm, metric
) as f using (experiment_id, arm, metric)
