{#-
  The CTEs up to `deciding_contrasts`, which answers for every treatment arm and every row of the CTE `metric_roles` by
  what decides: the deciding population, the method of the setting `decision_method` (unadjusted where the metric has no
  such row) and the test that holds for the looks that were taken. An arm and a metric stand there whether there is
  anything to see of them or not: a guardrail that falls out of a join would be a guardrail that passes.
-#}
{% macro _deciding_contrasts() -%}
  {%- set keys = ['experiment_id', 'population', 'metric', 'arm'] -%}
  {%- set figures = ['lower', 'upper', 'relative_lift_lower', 'relative_lift_upper', 'p_value'] -%}
experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where not is_control

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

questions as (

    select
        experiments.experiment_id,
        experiments.deciding_population as population,
        experiments.control_arm,
        experiments.randomisation_unit,
        experiments.ends_at,
        arms.arm,
        metric_roles.metric,
        metric_roles.metric_role,
        metric_roles.desired_direction,
        metric_roles.smallest_effect_of_interest,
        -- The smallest effect of interest is in the metric's own unit, whatever scale a margin beside it has.
        case when metric_roles.metric_role = 'guardrail' then metric_roles.non_inferiority_margin end
            as non_inferiority_margin,
        case when metric_roles.metric_role = 'guardrail' then metric_roles.margin_scale end as margin_scale,
        coalesce(experiments.ends_at <= data_through.complete_through_at, false) as has_ended
    from experiments
    cross join data_through
    inner join arms on experiments.experiment_id = arms.experiment_id
    inner join metric_roles on experiments.experiment_id = metric_roles.experiment_id

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

-- One look is planned, at the end; whoever decides before it has looked more than once.
deciding_contrasts as (

    select
        questions.*,
        contrasts.method,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.estimate_se,
        contrasts.degrees_of_freedom,
        contrasts.unit_count,
        contrasts.control_unit_count,
        sequential_tests.planned_user_count as planned_user_count_of_test,
        contrasts.relative_lift,
        contrasts.confidence_level,
        contrasts.approximation_quality,
        non_inferiority_tests.non_inferiority_bound,
        non_inferiority_tests.is_non_inferior,
        case when questions.has_ended then 'fixed_horizon' else 'always_valid' end as test,
        {%- for figure in figures %}
        case
            when questions.has_ended
                then contrasts.{{ 'estimate_' if figure in ['lower', 'upper'] }}{{ figure }}
            else sequential_tests.sequential_{{ figure }}
        end as {{ figure }},
        {%- endfor %}
        case
            when contrasts.experiment_id is null then {{ feedlift._reason_for_no_contrast('questions') }}
            when questions.has_ended then contrasts.null_reason
            else coalesce(contrasts.null_reason, sequential_tests.sequential_null_reason)
        end as null_reason
    from questions
    left join ranked_contrasts as contrasts
        on
            {{ feedlift._keys_match(keys, 'questions', 'contrasts') }}
            and contrasts.preference = 1
    left join sequential_tests
        on {{ feedlift._keys_match(keys + ['method'], 'contrasts', 'sequential_tests') }}
    left join non_inferiority_tests
        on {{ feedlift._keys_match(keys + ['method'], 'contrasts', 'non_inferiority_tests') }}

)
{%- endmacro %}
