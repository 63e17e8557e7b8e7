with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

experiment_metrics as (

    select * from {{ ref('stg_experiments__metrics') }}

),

metrics as (

    {{ feedlift.metric_directions() }}

),

-- Every metric is computed for every experiment; one that an experiment does not name explains, and decides nothing.
final as (

    select
        experiments.experiment_id,
        metrics.metric,
        experiment_metrics.non_inferiority_margin,
        experiment_metrics.margin_scale,
        experiment_metrics.smallest_effect_of_interest,
        coalesce(experiment_metrics.role, 'diagnostic') as metric_role,
        coalesce(experiment_metrics.desired_direction, metrics.desired_direction) as desired_direction
    from experiments
    cross join metrics
    left join experiment_metrics
        on experiments.experiment_id = experiment_metrics.experiment_id and metrics.metric = experiment_metrics.metric

)

select * from final
