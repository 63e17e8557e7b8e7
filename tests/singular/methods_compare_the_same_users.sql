with results as (

    select * from {{ ref('experiment_results') }}

),

unadjusted as (

    select * from results
    where method = 'unadjusted'

),

final as (

    select
        results.experiment_id,
        results.population,
        results.metric,
        results.segment,
        results.segment_value,
        results.arm,
        results.method,
        results.unit_count,
        unadjusted.unit_count as unadjusted_unit_count,
        results.control_unit_count,
        unadjusted.control_unit_count as unadjusted_control_unit_count,
        results.null_reason,
        unadjusted.null_reason as unadjusted_null_reason
    from results
    left join unadjusted
        on
            results.experiment_id = unadjusted.experiment_id
            and results.population = unadjusted.population
            and results.metric = unadjusted.metric
            and results.segment = unadjusted.segment
            and results.segment_value = unadjusted.segment_value
            and results.arm = unadjusted.arm

)

-- An adjustment may leave no variance, a cap no values and a resample no users; whatever else cannot be computed cannot
-- be unadjusted either.
select *
from final
where
    coalesce(unit_count <> unadjusted_unit_count, true)
    or coalesce(control_unit_count <> unadjusted_control_unit_count, true)
    or (
        coalesce(null_reason, '') not in ('zero_variance', 'cap_is_zero', 'empty_resample')
        and coalesce(null_reason, '') <> coalesce(unadjusted_null_reason, '')
        and coalesce(unadjusted_null_reason, '') <> 'zero_variance'
    )
