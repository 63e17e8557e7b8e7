{%- set numerator, denominator = metric -%}
-- One metric of one contrast: the value under each arm over the same people, and the Monte Carlo error of their
-- difference from its spread between people (for ratios of totals, of the linearised ratio: the delta method).
with

people as (
    select
        arm_{{ numerator }} as arm_numerator,
        control_{{ numerator }} as control_numerator,
        {{ 'arm_' ~ denominator if denominator else '1e0' }} as arm_denominator,
        {{ 'control_' ~ denominator if denominator else '1e0' }} as control_denominator,
    from paired_outcomes
    {{ "where shopping_intent = '" ~ segment_value ~ "'" if segment_value != 'all' }}
),

totals as (
    select
        sum(arm_numerator) / sum(arm_denominator) as arm_value,
        sum(control_numerator) / sum(control_denominator) as control_value,
        avg(arm_denominator) as arm_mean_denominator,
        avg(control_denominator) as control_mean_denominator,
    from people
),

final as (
    select
        any_value(totals.arm_value) as arm_value,
        any_value(totals.control_value) as control_value,
        any_value(totals.arm_value - totals.control_value) as estimate,
        sqrt(
            var_samp(
                (people.arm_numerator - totals.arm_value * people.arm_denominator) / totals.arm_mean_denominator
                - (people.control_numerator - totals.control_value * people.control_denominator)
                / totals.control_mean_denominator
            ) / count(*)
        ) as estimate_se,
        any_value(totals.arm_value / nullif(totals.control_value, 0) - 1) as relative_lift,
    from people
    cross join totals
)

select * from final
