{%- set double = feedlift.data_type('double') -%}
{%- set keys = ['experiment_id', 'population', 'metric', 'arm'] -%}
-- What an experiment has agreed on, and beside it what harm usually shows in: nobody has to have thought of it before.
with metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}
    where
        metric_role = 'guardrail'
        or (
            metric_role <> 'primary'
            and metric in ({{ feedlift.literals(['none'] + feedlift.watched_metrics()) }})
        )

),

evidence as (

    select * from {{ ref('int_experiments__decision_evidence') }}
    where metric_role = 'guardrail'

),

{{ feedlift._deciding_contrasts() }},

joined as (

    select
        deciding_contrasts.*,
        evidence.state
    from deciding_contrasts
    left join evidence
        on {{ feedlift._keys_match(keys, 'deciding_contrasts', 'evidence') }}

),

final as (

    select
        experiment_id,
        population,
        arm,
        control_arm,
        metric,
        metric_role,
        desired_direction,
        case desired_direction when 'increase' then 'decrease' else 'increase' end as harm_direction,
        non_inferiority_margin,
        margin_scale,
        method,
        test,
        has_ended,
        arm_value,
        control_value,
        estimate,
        lower as estimate_lower,
        upper as estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        confidence_level,
        null_reason,
        coalesce(approximation_quality, 'unknown') as approximation_quality,
        -- The end of the interval that the margin is held against.
        cast(case
            when metric_role <> 'guardrail' then null
            when has_ended then non_inferiority_bound
            when desired_direction = 'increase' and margin_scale = 'relative' then relative_lift_lower
            when margin_scale = 'relative' then relative_lift_upper
            when desired_direction = 'increase' then lower
            else upper
        end as {{ double }}) as harmful_end,
        case when metric_role = 'guardrail' then coalesce(state, 'not_computed') else 'not_judged' end as state
    from joined

)

select * from final
