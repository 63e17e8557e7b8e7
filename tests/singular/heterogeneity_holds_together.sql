with heterogeneity as (

    select * from {{ ref('experiment_heterogeneity') }}

),

tested_values as (

    select
        experiment_id,
        population,
        metric,
        segment,
        arm,
        method,
        count(*) as segment_value_count,
        min(estimate) as smallest_estimate,
        max(estimate) as largest_estimate
    from {{ ref('experiment_results') }}
    where
        segment <> 'all'
        and segment_value <> 'unknown'
        and method in ('unadjusted', 'cuped')
        and metric not in ('ctr_logged', 'ctr_rendered', 'ctr_viewport')
    group by experiment_id, population, metric, segment, arm, method

),

broken_rules as (

    select
        tested_values.*,
        case
            when heterogeneity.experiment_id is null then 'a segment is not tested'
            when heterogeneity.segment_value_count <> tested_values.segment_value_count
                then 'the values are not those of experiment_results'
            when heterogeneity.tested_value_count > heterogeneity.segment_value_count
                then 'more values are tested than there are'
            when heterogeneity.degrees_of_freedom <> heterogeneity.tested_value_count - 1
                then 'the degrees of freedom are not those of the tested values'
            when not (
                tested_values.smallest_estimate <= heterogeneity.lowest_estimate
                and heterogeneity.lowest_estimate <= heterogeneity.highest_estimate
                and heterogeneity.highest_estimate <= tested_values.largest_estimate
            ) then 'the extremes are no effects of experiment_results'
            when
                not heterogeneity.pooled_estimate between
                heterogeneity.lowest_estimate - 1e-12 * (1 + abs(heterogeneity.lowest_estimate))
                and heterogeneity.highest_estimate + 1e-12 * (1 + abs(heterogeneity.highest_estimate))
                then 'the pooled estimate lies outside the effects'
            when heterogeneity.cochran_q < 0 or not heterogeneity.i_squared between 0 and 1
                then 'a figure lies outside its range'
            when heterogeneity.has_opposite_effects and not (
                heterogeneity.lowest_estimate < 0 and heterogeneity.highest_estimate > 0
            ) then 'effects of one sign are called opposite'
            when (heterogeneity.p_value is null) <> (heterogeneity.null_reason is not null)
                then 'the p-value contradicts null_reason'
            when not (
                heterogeneity.p_value <= heterogeneity.p_value_benjamini_hochberg
                and heterogeneity.p_value_benjamini_hochberg <= 1
            ) then 'the correction makes a p-value smaller'
        end as broken_rule
    from tested_values
    left join heterogeneity
        on
            tested_values.experiment_id = heterogeneity.experiment_id
            and tested_values.population = heterogeneity.population
            and tested_values.metric = heterogeneity.metric
            and tested_values.segment = heterogeneity.segment
            and tested_values.arm = heterogeneity.arm
            and tested_values.method = heterogeneity.method

)

select *
from broken_rules
where broken_rule is not null
