{%- set metrics = [
    'impressions_per_user', 'clicks_per_user', 'ctr', 'saves_per_user', 'save_rate', 'hide_rate', 'report_rate',
    'long_click_rate', 'revenue_per_user',
] -%}
with moments as (

    select * from {{ ref('int_experiments__moments') }}
    where segment = 'all'

),

arms as (

    select * from {{ ref('int_experiments__sample_ratios') }}

),

{{ feedlift._validities() }},

-- Every user counts once, whatever the phase: these are the arms as they are, not the contrast of arms.
values_by_metric as (

    select
        experiment_id,
        population,
        arm,
        metric,
        sum(unit_count) as unit_count,
        sum(unit_count * numerator_mean) / nullif(sum(unit_count * denominator_mean), 0) as arm_value
    from moments
    group by experiment_id, population, arm, metric

),

final as (

    select
        values_by_metric.experiment_id,
        values_by_metric.population,
        values_by_metric.arm,
        arms.is_control,
        validities.invalid_reason,
        validities.invalid_reason is null as is_valid,
        cast(max(values_by_metric.unit_count) as {{ feedlift.data_type('integer') }}) as user_count,
        {{ feedlift.pivoted_metrics(metrics) }}
    from values_by_metric
    inner join arms
        on values_by_metric.experiment_id = arms.experiment_id and values_by_metric.arm = arms.arm
    inner join validities
        on
            values_by_metric.experiment_id = validities.experiment_id
            and values_by_metric.population = validities.population
    group by
        values_by_metric.experiment_id,
        values_by_metric.population,
        values_by_metric.arm,
        arms.is_control,
        validities.invalid_reason

)

select * from final
