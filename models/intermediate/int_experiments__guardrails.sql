{%- set double = feedlift.data_type('double') -%}
{%- set keys = ['experiment_id', 'population', 'metric', 'arm'] -%}
with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where not is_control

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

data_through as (

    select * from {{ ref('int_feed__data_through') }}

),

contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}
    where segment = 'all' and method in ('unadjusted', '{{ feedlift.setting("decision_method") }}')

),

sequential_tests as (

    select * from {{ ref('int_experiments__sequential_tests') }}
    where segment = 'all'

),

non_inferiority_tests as (

    select * from {{ ref('int_experiments__non_inferiority_tests') }}
    where segment = 'all'

),

evidence as (

    select * from {{ ref('int_experiments__decision_evidence') }}
    where metric_role = 'guardrail'

),

-- What an experiment has agreed on, and beside it what harm usually shows in: nobody has to have thought of it before.
watched as (

    select
        experiments.experiment_id,
        experiments.deciding_population as population,
        experiments.control_arm,
        arms.arm,
        metric_roles.metric,
        metric_roles.metric_role,
        metric_roles.desired_direction,
        case when metric_roles.metric_role = 'guardrail' then metric_roles.non_inferiority_margin end
            as non_inferiority_margin,
        case when metric_roles.metric_role = 'guardrail' then metric_roles.margin_scale end as margin_scale,
        coalesce(experiments.ends_at <= data_through.complete_through_at, false) as has_ended
    from experiments
    cross join data_through
    inner join arms on experiments.experiment_id = arms.experiment_id
    inner join metric_roles on experiments.experiment_id = metric_roles.experiment_id
    where
        metric_roles.metric_role = 'guardrail'
        or (
            metric_roles.metric_role <> 'primary'
            and metric_roles.metric in ({{ feedlift.literals(['none'] + feedlift.watched_metrics()) }})
        )

),

ranked_contrasts as (

    select
        *,
        row_number() over (
            partition by {{ keys | join(', ') }}
            order by case method when '{{ feedlift.setting("decision_method") }}' then 0 else 1 end
        ) as preference
    from contrasts

),

joined as (

    select
        watched.*,
        contrasts.method,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.relative_lift,
        contrasts.confidence_level,
        non_inferiority_tests.non_inferiority_bound,
        evidence.state,
        coalesce(contrasts.approximation_quality, 'unknown') as approximation_quality,
        case when watched.has_ended then 'fixed_horizon' else 'always_valid' end as test,
        case
            when watched.has_ended then contrasts.estimate_lower else sequential_tests.sequential_lower
        end as estimate_lower,
        case
            when watched.has_ended then contrasts.estimate_upper else sequential_tests.sequential_upper
        end as estimate_upper,
        case when watched.has_ended then contrasts.p_value else sequential_tests.sequential_p_value end as p_value,
        case
            when watched.has_ended then contrasts.relative_lift_lower
            else sequential_tests.sequential_relative_lift_lower
        end as relative_lift_lower,
        case
            when watched.has_ended then contrasts.relative_lift_upper
            else sequential_tests.sequential_relative_lift_upper
        end as relative_lift_upper,
        case
            when contrasts.experiment_id is null then 'no_users'
            when watched.has_ended then contrasts.null_reason
            else coalesce(contrasts.null_reason, sequential_tests.sequential_null_reason)
        end as null_reason
    from watched
    left join ranked_contrasts as contrasts
        on {{ feedlift._keys_match(keys, 'watched', 'contrasts') }} and contrasts.preference = 1
    left join sequential_tests
        on {{ feedlift._keys_match(keys + ['method'], 'contrasts', 'sequential_tests') }}
    left join non_inferiority_tests
        on {{ feedlift._keys_match(keys + ['method'], 'contrasts', 'non_inferiority_tests') }}
    left join evidence
        on {{ feedlift._keys_match(keys, 'watched', 'evidence') }}

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
        estimate_lower,
        estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        confidence_level,
        approximation_quality,
        null_reason,
        -- The end of the interval that the margin is held against.
        cast(case
            when metric_role <> 'guardrail' then null
            when has_ended then non_inferiority_bound
            when desired_direction = 'increase' and margin_scale = 'relative' then relative_lift_lower
            when margin_scale = 'relative' then relative_lift_upper
            when desired_direction = 'increase' then estimate_lower
            else estimate_upper
        end as {{ double }}) as harmful_end,
        case when metric_role = 'guardrail' then coalesce(state, 'not_computed') else 'not_judged' end as state
    from joined

)

select * from final
