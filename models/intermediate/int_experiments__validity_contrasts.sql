with {{ feedlift._contrasts_of_units(ref('int_experiments__validity_units'), feedlift.validity_metrics()) }},

final as (

    select
        experiment_id,
        metric,
        arm,
        control_arm,
        unit_count,
        control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        t_statistic,
        p_value,
        null_reason,
        case
            when metric like '%\_before' escape '\' then 'pre_period_balance'
            when metric = 'crossover' then 'crossovers'
            when metric in ({{ feedlift.literals(feedlift.signal_parities() | list) }}) then 'signal_parity'
            else metric
        end as check_name
    from contrasts
    where control_arm is not null

)

select * from final
