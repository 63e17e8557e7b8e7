with results as (

    select
        experiment_id,
        population,
        metric,
        segment,
        segment_value,
        arm,
        method,
        p_value,
        confidence_level,
        estimate_lower,
        estimate_upper,
        relative_lift_lower,
        relative_lift_upper,
        p_value < round((1 - confidence_level) * 1e12) / 1e12 as is_rejected,
        estimate_lower > 0 or estimate_upper < 0 as excludes_zero,
        relative_lift_lower > 0 or relative_lift_upper < 0 as relative_lift_excludes_zero
    from {{ ref('experiment_results') }}

)

select *
from results
where is_rejected <> excludes_zero or is_rejected <> relative_lift_excludes_zero
