with results as (

    select
        experiment_id,
        population,
        metric,
        segment,
        segment_value,
        arm,
        method,
        degrees_of_freedom,
        estimate,
        estimate_lower,
        estimate_upper,
        sequential_p_value,
        sequential_lower,
        sequential_upper,
        sequential_relative_lift_lower,
        sequential_relative_lift_upper,
        null_reason,
        sequential_null_reason,
        1 - confidence_level as alpha,
        sequential_lower > 0 or sequential_upper < 0 as excludes_zero,
        sequential_relative_lift_lower > 0 or sequential_relative_lift_upper < 0 as relative_lift_excludes_zero
    from {{ ref('experiment_results') }}

),

broken_rules as (

    select
        *,
        case
            -- At the border itself the two sides may round differently.
            when
                abs(sequential_p_value - alpha) > 1e-9
                and ((sequential_p_value < alpha) <> excludes_zero or excludes_zero <> relative_lift_excludes_zero)
                then 'interval, lift and p-value disagree'
            when sequential_p_value is null and sequential_null_reason is null then 'figures are null without a reason'
            when sequential_null_reason is not null and sequential_p_value is not null
                then 'there is a reason for nulls and a p-value'
            when null_reason is not null and sequential_null_reason is null then 'an untested row has a sequence'
            -- The bootstrap's interval, which has no degrees of freedom, is made of other stuff.
            when
                degrees_of_freedom is not null
                and (sequential_lower > estimate_lower or sequential_upper < estimate_upper)
                then 'looking at any time costs nothing'
        end as broken_rule
    from results

)

select *
from broken_rules
where broken_rule is not null
