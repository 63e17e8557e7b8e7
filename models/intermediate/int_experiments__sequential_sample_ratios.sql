with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

tests_by_day as (

    select * from {{ ref('int_experiments__sample_ratio_tests_by_day') }}

),

latest as (

    select
        *,
        row_number() over (partition by experiment_id order by look_date desc) as days_from_latest
    from tests_by_day

),

failing_days as (

    select
        experiment_id,
        min(look_date) as first_failed_date
    from tests_by_day
    where p_value < 1e-3 or null_reason = 'count_without_share'
    group by experiment_id

),

final as (

    select
        experiments.experiment_id,
        latest.look_date,
        latest.log_bayes_factor,
        latest.p_value,
        failing_days.first_failed_date,
        case when latest.experiment_id is null then 'no_users' else latest.null_reason end as null_reason
    from experiments
    left join latest on experiments.experiment_id = latest.experiment_id and latest.days_from_latest = 1
    left join failing_days on experiments.experiment_id = failing_days.experiment_id

)

select * from final
