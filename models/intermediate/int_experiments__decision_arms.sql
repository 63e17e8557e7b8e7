{%- set level = (feedlift.setting('confidence_level') * 100) | round(4) -%}
{%- set level = level | int if level == level | int else level -%}
{%- set alpha = (1 - feedlift.setting('confidence_level')) | round(15) -%}
with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where not is_control

),

data_through as (

    select * from {{ ref('int_feed__data_through') }}

),

evidence as (

    select * from {{ ref('int_experiments__decision_evidence') }}

),

-- A lift where there is one, because it needs no unit; a guardrail is told in the scale of the margin that it keeps or
-- not.
compared as (

    select
        *,
        case when benefit > 0 then p_value_holm else p_value end as shown_p_value,
        metric || ' is ' || {{ feedlift._number_text('arm_value') }} || ' against '
        || {{ feedlift._number_text('control_value') }} || ' in control'
        || case
            when
                coalesce(margin_scale, 'relative') = 'relative'
                and relative_lift_lower is not null and relative_lift_upper is not null
                then
                    ', ' || {{ feedlift._percent_text('relative_lift') }} || ' ({{ level }} % interval '
                    || {{ feedlift._percent_text('relative_lift_lower') }} || ' to '
                    || {{ feedlift._percent_text('relative_lift_upper') }} || ')'
            else
                coalesce(
                    ', a difference of ' || {{ feedlift._number_text('estimate') }} || ' ({{ level }} % interval '
                    || {{ feedlift._number_text('lower') }} || ' to ' || {{ feedlift._number_text('upper') }} || ')', ''
                )
        end as comparison,
        case margin_scale
            when 'relative' then {{ feedlift._unsigned_percent_text('non_inferiority_margin') }}
            else {{ feedlift._number_text('non_inferiority_margin') }}
        end as margin
    from evidence

),

sentences as (

    select
        *,
        case
            when state = 'not_computed' and test = 'always_valid' and estimate is not null
                then comparison || ', without always-valid figures yet (' || null_reason || ').'
            when state in ('not_computed', 'not_computable')
                then metric || ' cannot be computed (' || null_reason || ').'
            when metric_role = 'primary'
                then
                    comparison
                    || case
                        when shown_p_value is null then ''
                        when shown_p_value < 1e-3 then ', p < 0.001'
                        else ', p = ' || {{ feedlift._rounded_text('shown_p_value', '1e3') }}
                    end
                    || case when shown_p_value is not null and test = 'always_valid' then ', always valid' else '' end
                    || '.'
            when state = 'harmed' then comparison || ', worse by more than the margin of ' || margin || '.'
            when state = 'passed' then comparison || ', inside the margin of ' || margin || '.'
            else
                comparison
                || case when p_value < {{ alpha }} and benefit < 0 then ', significantly worse' else '' end
                || ', not shown to be inside the margin of ' || margin || '.'
        end
        || case
            when
                state not in ('not_computed', 'not_computable')
                and approximation_quality = 'poor'
                and coalesce(lower, upper) is not null
                then ' That interval is a poor approximation: too few users have any of it, or they differ too much.'
            else ''
        end as sentence
    from compared

),

totals as (

    select
        experiment_id,
        arm,
        max(case when metric_role = 'primary' then metric end) as primary_metric,
        max(case when metric_role = 'primary' then state end) as primary_state,
        max(case when metric_role = 'primary' then sentence end) as primary_sentence,
        max(
            case
                when metric_role = 'primary' or state not in ('not_computed', 'not_computable')
                    then
                        case approximation_quality
                            when 'good' then 1
                            when 'doubtful' then 2
                            when 'poor' then 4
                            else 3
                        end
            end
        ) as worst_approximation,
        count(case when metric_role = 'guardrail' then 1 end) as guardrail_count,
        count(case when metric_role = 'guardrail' and state = 'harmed' then 1 end) as harmed_guardrail_count,
        count(case when metric_role = 'guardrail' and state not in ('harmed', 'passed') then 1 end)
            as open_guardrail_count,
        nullif({{ feedlift.text_list(
            "case when metric_role = 'guardrail' and state = 'harmed' then metric end", 'metric'
        ) }}, '') as failed_guardrails,
        nullif({{ feedlift.text_list(
            "case when metric_role = 'guardrail' and state not in ('harmed', 'passed') then metric end", 'metric'
        ) }}, '') as open_guardrails,
        {{ feedlift.text_list("case when metric_role = 'guardrail' then sentence end", 'metric', ' ') }}
            as guardrail_sentences,
        count(case when state not in ('harmed', 'passed', 'shown', 'too_small') then 1 end) as open_count,
        count(case when state = 'open' then days_needed end) as timed_count,
        min(case when state = 'open' then days_needed end) as shortest_days_needed,
        max(case when state = 'open' then days_needed end) as longest_days_needed
    from sentences
    group by experiment_id, arm

),

-- What had users enough for an answer and gave none, or gets no users, is not settled by waiting.
final as (

    select
        experiments.experiment_id,
        experiments.deciding_population as population,
        experiments.control_arm,
        arms.arm,
        totals.primary_metric,
        totals.primary_state,
        totals.primary_sentence,
        totals.failed_guardrails,
        totals.open_guardrails,
        totals.guardrail_sentences,
        case totals.worst_approximation
            when 1 then 'good'
            when 2 then 'doubtful'
            when 4 then 'poor'
            else 'unknown'
        end as approximation_quality,
        coalesce(experiments.ends_at <= data_through.complete_through_at, false) as has_ended,
        case
            when experiments.ends_at <= data_through.complete_through_at then 'fixed_horizon'
            else 'always_valid'
        end as test,
        case
            when experiments.ends_at > data_through.complete_through_at
                then {{ feedlift.seconds_between('data_through.complete_through_at', 'experiments.ends_at') }} / 8.64e4
        end as days_to_end,
        case
            when totals.timed_count = totals.open_count then totals.longest_days_needed
        end as longest_days_needed,
        case
            when totals.timed_count = totals.open_count and totals.shortest_days_needed > 0
                then totals.longest_days_needed
        end as days_needed,
        coalesce(totals.guardrail_count, 0) as guardrail_count,
        coalesce(totals.harmed_guardrail_count, 0) as harmed_guardrail_count,
        coalesce(totals.open_guardrail_count, 0) as open_guardrail_count
    from experiments
    inner join arms on experiments.experiment_id = arms.experiment_id
    cross join data_through
    left join totals on arms.experiment_id = totals.experiment_id and arms.arm = totals.arm

)

select * from final
