with {{ feedlift._contrasts_of_units(ref('int_experiments__missing_values'), feedlift.missing_value_metrics()) }},

final as (

    select
        experiment_id,
        metric,
        arm,
        control_arm,
        unit_count,
        control_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        t_statistic,
        p_value,
        null_reason
    from contrasts
    where control_arm is not null

)

select * from final
