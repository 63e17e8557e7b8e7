{%- set alpha = (1 - feedlift.setting('confidence_level')) | round(15) -%}
with audit as (

    select * from {{ ref('int_experiments__clickbait_audit') }}

),

{{ feedlift._validities() }},

-- The lifts that the verdict rests on, beside each other.
described as (

    select
        experiment_id,
        population,
        arm,
        aspect,
        relative_lift,
        coalesce({{ feedlift._percent_text('relative_lift') }}, 'by an unknown lift')
        || case when p_value < {{ alpha }} then '' else ' (not significant)' end as lift_text,
        {{ feedlift._percent_text('relative_lift_lower') }} || ' to '
        || {{ feedlift._percent_text('relative_lift_upper') }} as interval_text
    from audit

),

compared as (

    select
        experiment_id,
        population,
        arm,
        max(case when aspect = 'ctr' then relative_lift end) as ctr_lift,
        max(case when aspect = 'satisfied_ctr' then relative_lift end) as satisfied_ctr_lift,
        max(case when aspect = 'ctr' then lift_text end) as ctr_text,
        max(case when aspect = 'satisfied_ctr' then lift_text end) as satisfied_ctr_text,
        max(case when aspect = 'satisfied_click_share' then lift_text end) as satisfied_click_share_text,
        max(case when aspect = 'satisfied_click_share' then interval_text end) as satisfied_click_share_interval_text
    from described
    group by experiment_id, population, arm

),

final as (

    select
        audit.experiment_id,
        audit.population,
        audit.arm,
        audit.control_arm,
        audit.aspect,
        audit.unit_count,
        audit.control_unit_count,
        audit.arm_value,
        audit.control_value,
        audit.estimate,
        audit.estimate_se,
        audit.degrees_of_freedom,
        audit.estimate_lower,
        audit.estimate_upper,
        audit.p_value,
        audit.relative_lift,
        audit.relative_lift_lower,
        audit.relative_lift_upper,
        audit.is_relative_lift_unbounded,
        compared.ctr_lift,
        compared.satisfied_ctr_lift,
        audit.verdict,
        audit.confidence_level,
        audit.approximation_quality,
        audit.null_reason,
        validities.is_valid,
        validities.invalid_reason,
        true as is_exploratory,
        {{ feedlift._invalid_warning_text('validities.invalid_reason') }}
        || case audit.verdict
            when 'not_computed' then 'Whether clicks satisfy cannot be told.'
            when 'no_lift' then 'CTR moves ' || compared.ctr_text || ', so that there is no lift to audit.'
            else
                'CTR moves ' || compared.ctr_text || ', and ' || compared.satisfied_ctr_text
                || ' when only satisfied clicks count; the share of clicks that satisfy moves '
                || compared.satisfied_click_share_text || '. '
                || case audit.verdict
                    when 'lift_is_clickbait' then 'The lift is clickbait: the clicks it adds do not satisfy.'
                    when 'lift_is_diluted' then 'The lift is real but diluted: fewer of its clicks satisfy.'
                    when 'lift_is_satisfied'
                        then
                            'The lift is satisfied: more satisfied clicks, and the share of clicks that satisfy is not '
                            || 'shown to be smaller'
                            || coalesce(' (' || compared.satisfied_click_share_interval_text || ')', '') || '.'
                    else 'Whether the added clicks satisfy is not clear yet.'
                end
        end as sentence
    from audit
    inner join compared
        on
            audit.experiment_id = compared.experiment_id
            and audit.population = compared.population
            and audit.arm = compared.arm
    left join validities
        on audit.experiment_id = validities.experiment_id and audit.population = validities.population

)

select * from final
