with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

health as (

    select * from {{ ref('experiment_health') }}
    where
        check_name in (
            'sample_ratio_mismatch',
            'sequential_sample_ratio_mismatch',
            'excluded_users',
            'refused_assignments',
            'trigger',
            'ramp_timing',
            'days_without_data',
            'weekday_coverage',
            'placebo_metric',
            'manipulation_check'
        )

),

final as (

    select
        experiments.experiment_id,
        count(health.check_name) as check_count
    from experiments
    left join health on experiments.experiment_id = health.experiment_id
    group by experiments.experiment_id
    having count(health.check_name) <> 10

)

select * from final
