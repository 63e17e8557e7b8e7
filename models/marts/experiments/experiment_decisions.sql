{%- set level = (feedlift.setting('confidence_level') * 100) | round(4) -%}
{%- set level = level | int if level == level | int else level -%}
with arms as (

    select * from {{ ref('int_experiments__decision_arms') }}

),

evidence as (

    select * from {{ ref('int_experiments__decision_evidence') }}

),

validities as (

    select * from {{ ref('experiment_validity') }}

),

judged_arms as (

    select
        arms.*,
        validities.is_valid,
        validities.invalid_reason,
        validities.reasons as validity_reasons,
        validities.verdict as validity
    from arms
    inner join validities on arms.experiment_id = validities.experiment_id

),

ruled_arms as (

    {{ feedlift.launch_rules('judged_arms') | indent(4) }}

),

primary_metrics as (

    select * from evidence
    where metric_role = 'primary'

),

-- What would be launched comes first, then what may yet be; of equals, the larger benefit.
ranked_arms as (

    select
        ruled_arms.*,
        row_number() over (
            partition by ruled_arms.experiment_id
            order by
                case ruled_arms.verdict
                    when 'ship' then 1
                    when 'keep_running' then 2
                    when 'do_not_ship' then 3
                    else 4
                end asc,
                case when primary_metrics.benefit is null then 1 else 0 end asc,
                primary_metrics.benefit desc,
                ruled_arms.arm asc
        ) as arm_rank,
        case ruled_arms.decision_rule
            when 'invalid'
                then
                    'The experiment is broken, and its effects may be those of whatever went wrong. '
                    || ruled_arms.validity_reasons
            when 'no_primary_metric'
                then 'No primary metric is defined in experiment_metrics, so that nothing was agreed on to decide by.'
            when 'too_early'
                then
                    case
                        when primary_metrics.estimate is null
                            then 'There is nothing to see of ' || ruled_arms.primary_metric || ' yet.'
                        else
                            ruled_arms.primary_metric || ' has no always-valid figures yet ('
                            || primary_metrics.null_reason || ').'
                    end
            when 'not_computed'
                then
                    'The primary metric, ' || ruled_arms.primary_metric || ', cannot be computed ('
                    || primary_metrics.null_reason || ').'
            when 'primary_harmed' then 'It is worse by the primary metric.'
            when 'guardrail_harmed' then 'A guardrail is worse by more than its margin.'
            when 'effect_too_small'
                then
                    'Any benefit is smaller than '
                    || {{ feedlift._number_text('primary_metrics.smallest_effect') }}
                    || ', the smallest effect that matters ({{ level }} % interval of the difference '
                    || {{ feedlift._number_text('primary_metrics.lower') }} || ' to '
                    || {{ feedlift._number_text('primary_metrics.upper') }} || ').'
            when 'benefit_shown'
                then
                    'It is better by the primary metric'
                    || case
                        when ruled_arms.guardrail_count > 0 then ', and no guardrail is worse by as much as its margin.'
                        else '; no guardrail is defined.'
                    end
            when 'undecided_before_end'
                then
                    'It is not settled yet, and the data do not reach the planned end.'
                    || case
                        when ruled_arms.days_needed > ruled_arms.days_to_end
                            then
                                ' At the present rate of new users it will not be settled by then: '
                                || {{ feedlift._days_text('ruled_arms.days_needed') }} || ' are needed.'
                        else ''
                    end
            when 'undecided_worth_waiting'
                then
                    case
                        when ruled_arms.has_ended then 'It is not settled at the planned end; '
                        else 'It is not settled yet, and no end is planned; '
                    end
                    || 'in ' || {{ feedlift._days_text('ruled_arms.days_needed') }}
                    || ' there would be users enough for an answer by the always-valid test.'
                    || case
                        when ruled_arms.has_ended
                            then
                                ' Take ends_at out of experiments: what comes after it does not count, and from a '
                                || 'second look on only the always-valid figures may decide.'
                        else ''
                    end
            else
                case
                    when ruled_arms.has_ended then 'It is not settled at the planned end, and '
                    else 'It is not settled yet, no end is planned, and '
                end
                || case
                    when ruled_arms.longest_days_needed is null then 'no waiting is known to settle it.'
                    when ruled_arms.days_needed is null
                        then
                            'a guardrail is in doubt though users suffice to clear one that is not harmed, '
                            || 'or the benefit though they suffice to show the smallest that matters.'
                    else
                        'by the always-valid test it would take '
                        || {{ feedlift._days_text('ruled_arms.days_needed') }}
                        || ' to settle it, more than the '
                        || '{{ feedlift.setting("decision_patience_days") }} days that the rule allows.'
                end
        end as ruling
    from ruled_arms
    left join primary_metrics
        on
            ruled_arms.experiment_id = primary_metrics.experiment_id
            and ruled_arms.arm = primary_metrics.arm

),

-- Of what may not be read no effect is named: figures are quoted without the warning beside them.
explained_arms as (

    select
        *,
        arm || ': ' || ruling
        || case
            when verdict = 'do_not_read' then ''
            else coalesce(' ' || primary_sentence, '') || coalesce(' ' || guardrail_sentences, '')
        end as arm_reasons
    from ranked_arms

),

reasons as (

    select
        experiment_id,
        {{ feedlift.text_list('arm_reasons', 'arm_rank', ' ') }}
        || max(
            case
                when validity in ('doubtful', 'not_judged') then ' Read it with care. ' || validity_reasons else ''
            end
        ) as reasons
    from explained_arms
    group by experiment_id

),

final as (

    select
        ranked_arms.experiment_id,
        ranked_arms.verdict,
        reasons.reasons,
        ranked_arms.decision_rule,
        case when ranked_arms.verdict = 'ship' then ranked_arms.arm end as recommended_arm,
        ranked_arms.arm,
        ranked_arms.control_arm,
        ranked_arms.population,
        ranked_arms.primary_metric,
        primary_metrics.desired_direction,
        primary_metrics.smallest_effect as smallest_effect_of_interest,
        primary_metrics.method,
        ranked_arms.test,
        primary_metrics.arm_value,
        primary_metrics.control_value,
        primary_metrics.estimate,
        primary_metrics.lower as estimate_lower,
        primary_metrics.upper as estimate_upper,
        primary_metrics.relative_lift,
        primary_metrics.relative_lift_lower,
        primary_metrics.relative_lift_upper,
        primary_metrics.p_value_holm,
        ranked_arms.guardrail_count,
        ranked_arms.failed_guardrails,
        ranked_arms.open_guardrails,
        ranked_arms.has_ended,
        case
            when ranked_arms.verdict <> 'keep_running' then null
            when ranked_arms.has_ended then ranked_arms.days_needed
            else greatest(
                coalesce(ranked_arms.days_to_end, ranked_arms.days_needed),
                coalesce(ranked_arms.days_needed, ranked_arms.days_to_end)
            )
        end as days_still_needed,
        cast({{ feedlift.setting('confidence_level') }} as {{ feedlift.data_type('double') }}) as confidence_level,
        ranked_arms.approximation_quality,
        ranked_arms.is_valid,
        ranked_arms.invalid_reason,
        primary_metrics.null_reason
    from ranked_arms
    inner join reasons on ranked_arms.experiment_id = reasons.experiment_id
    left join primary_metrics
        on
            ranked_arms.experiment_id = primary_metrics.experiment_id
            and ranked_arms.arm = primary_metrics.arm
    where ranked_arms.arm_rank = 1

)

select * from final
