with complier_effects as (

    select * from {{ ref('experiment_complier_effects') }}

),

results as (

    select * from {{ ref('experiment_results') }}
    where population = 'assigned' and segment = 'all' and method = 'unadjusted'

),

broken_rules as (

    select
        complier_effects.experiment_id,
        complier_effects.metric,
        complier_effects.arm,
        case
            when results.experiment_id is null then 'there is no such row in experiment_results'
            when
                complier_effects.unit_count <> results.unit_count
                or complier_effects.control_unit_count <> results.control_unit_count
                then 'the effects are of different users'
            {%- for column in ['estimate', 'estimate_se', 'estimate_lower', 'estimate_upper'] %}
            when
                abs(complier_effects.itt_{{ column }} - results.{{ column }}) > 1e-11 * (1 + abs(results.{{ column }}))
                or (complier_effects.itt_{{ column }} is null) <> (results.{{ column }} is null)
                then 'itt_{{ column }} is not that of experiment_results'
            {%- endfor %}
            when complier_effects.compliance_rate not between 0 and 1 then 'compliance_rate lies outside 0 and 1'
            when
                abs(complier_effects.complier_effect * complier_effects.compliance_rate - complier_effects.itt_estimate)
                > 1e-12 * (1 + abs(complier_effects.itt_estimate))
                then 'the complier effect is not the effect of assignment over the compliance rate'
            when
                (complier_effects.p_value < 1 - complier_effects.confidence_level)
                = (complier_effects.complier_effect_lower <= 0 and complier_effects.complier_effect_upper >= 0)
                then 'the interval does not agree with the p-value'
            when not (
                complier_effects.complier_effect_lower <= complier_effects.complier_effect
                and complier_effects.complier_effect <= complier_effects.complier_effect_upper
            ) then 'the complier effect lies outside its interval'
            when
                complier_effects.null_reason is null
                and not complier_effects.is_complier_effect_unbounded
                and complier_effects.complier_effect_lower is null
                then 'figures are null without a reason'
        end as broken_rule
    from complier_effects
    left join results
        on
            complier_effects.experiment_id = results.experiment_id
            and complier_effects.metric = results.metric
            and complier_effects.arm = results.arm

)

select *
from broken_rules
where broken_rule is not null
