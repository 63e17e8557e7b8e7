{%- set alpha = (1 - feedlift.setting('confidence_level')) | round(15) -%}
with guardrails as (

    select * from {{ ref('int_experiments__guardrails') }}

),

{{ feedlift._validities() }},

-- A lift where there is one, because it needs no unit.
described as (

    select
        *,
        metric || ' is ' || {{ feedlift._number_text('arm_value') }} || ' against '
        || {{ feedlift._number_text('control_value') }} || ' in control'
        || case
            when relative_lift is not null then ', ' || {{ feedlift._percent_text('relative_lift') }}
            else coalesce(', a difference of ' || {{ feedlift._number_text('estimate') }}, '')
        end as comparison,
        case margin_scale
            when 'relative' then {{ feedlift._percent_text('harmful_end') }}
            else {{ feedlift._number_text('harmful_end') }}
        end as worst,
        case margin_scale
            when 'relative' then {{ feedlift._unsigned_percent_text('non_inferiority_margin') }}
            else {{ feedlift._number_text('non_inferiority_margin') }}
        end as margin,
        case
            when p_value >= {{ alpha }} or p_value is null then ''
            when (estimate > 0) = (harm_direction = 'increase') then ', significantly worse'
            else ', significantly better'
        end as significance
    from guardrails

),

final as (

    select
        described.experiment_id,
        described.population,
        described.arm,
        described.control_arm,
        described.metric,
        described.state,
        described.metric_role,
        described.harm_direction,
        described.non_inferiority_margin,
        described.margin_scale,
        described.harmful_end,
        described.method,
        described.test,
        described.has_ended,
        described.arm_value,
        described.control_value,
        described.estimate,
        described.estimate_lower,
        described.estimate_upper,
        described.p_value,
        described.relative_lift,
        described.relative_lift_lower,
        described.relative_lift_upper,
        described.confidence_level,
        described.approximation_quality,
        described.null_reason,
        validities.invalid_reason,
        validities.invalid_reason is null as is_valid,
        case when described.metric_role = 'guardrail' then described.state = 'passed' end as is_non_inferior,
        described.metric_role <> 'guardrail' as is_exploratory,
        {{ feedlift._invalid_warning_text('validities.invalid_reason') }}
        || coalesce(
            described.comparison, described.metric || ' cannot be computed (' || described.null_reason || ')'
        )
        || case described.state
            when 'not_judged'
                then described.significance || '. It is not judged: experiment_metrics does not name it a guardrail.'
            when 'passed'
                then
                    coalesce('; at worst ' || described.worst, '') || ', inside the margin of ' || described.margin
                    || '.'
            when 'harmed' then ', worse by more than the margin of ' || described.margin || '.'
            when 'open'
                then
                    case when described.significance = ', significantly worse' then described.significance else '' end
                    || coalesce('; at worst ' || described.worst, '') || ', not shown to be inside the margin of '
                    || described.margin || '.'
            else
                coalesce(
                    case
                        when described.comparison is not null
                            then ', without interval (' || described.null_reason || ')'
                    end,
                    ''
                )
                || ', so that it is not shown to be inside the margin of ' || described.margin || '.'
        end as sentence
    from described
    left join validities
        on described.experiment_id = validities.experiment_id and described.population = validities.population

)

select * from final
