with contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

failed_checks as (

    select
        experiment_id,
        check_name
    from {{ ref('experiment_health') }}
    where
        status = 'fail'
        and check_name in (
            'sample_ratio_mismatch', 'pre_period_balance', 'refused_rows', 'exposure_rate', 'time_to_exposure'
        )

),

populations as (

    select distinct
        experiment_id,
        population
    from contrasts

),

-- A treatment that changes who is exposed invalidates the triggered analysis, not the one of everybody assigned.
invalidities as (

    select
        populations.experiment_id,
        populations.population,
        {{ feedlift.text_list('failed_checks.check_name', 'failed_checks.check_name') }} as invalid_reason
    from populations
    inner join failed_checks on populations.experiment_id = failed_checks.experiment_id
    where populations.population = 'exposed' or failed_checks.check_name not in ('exposure_rate', 'time_to_exposure')
    group by populations.experiment_id, populations.population

),

final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        contrasts.segment,
        contrasts.segment_value,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.degrees_of_freedom,
        contrasts.estimate_lower,
        contrasts.estimate_upper,
        contrasts.p_value,
        contrasts.relative_lift,
        contrasts.relative_lift_lower,
        contrasts.relative_lift_upper,
        contrasts.is_relative_lift_unbounded,
        contrasts.cuped_coefficient,
        contrasts.variance_reduction,
        contrasts.confidence_level,
        contrasts.alternative,
        contrasts.is_approximation_doubtful,
        invalidities.invalid_reason,
        contrasts.null_reason,
        metric_roles.metric_role,
        invalidities.invalid_reason is null as is_valid
    from contrasts
    left join metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric
    left join invalidities
        on contrasts.experiment_id = invalidities.experiment_id and contrasts.population = invalidities.population

)

select * from final
