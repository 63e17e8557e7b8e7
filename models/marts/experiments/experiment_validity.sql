{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
{%- set about_exposure = ['exposure_rate', 'time_to_exposure'] -%}
{%- set about_coverage = ['excluded_users', 'refused_assignments', 'trigger', 'weekday_coverage'] -%}
with designs as (

    select * from {{ ref('int_experiments__designs') }}

),

health as (

    select * from {{ ref('experiment_health') }}

),

-- A treatment that changes who is exposed invalidates the triggered analysis, not the one of everybody assigned. What
-- merely says whom or which days the figures are about, and what could not be judged, is worth a note and no doubt;
-- but without the sample ratio nothing can be said.
findings as (

    select
        health.experiment_id,
        health.check_name,
        health.status,
        health.check_name || ': ' || health.detail as sentence,
        health.check_name in ({{ feedlift.literals(about_exposure) }}) as is_about_exposure,
        health.status = 'warn'
        and health.statistic is null
        and health.p_value is null
        and health.check_name not in ({{ feedlift.literals(about_coverage) }}) as is_unjudged,
        case
            when health.status in ('pass', 'not_applicable') then health.status
            when
                health.status = 'fail'
                and designs.deciding_population = 'assigned'
                and health.check_name in ({{ feedlift.literals(about_exposure) }})
                then 'note'
            when health.status = 'fail' then 'invalid'
            when health.check_name = 'sample_ratio_mismatch' then 'not_judged'
            when health.check_name in ({{ feedlift.literals(about_coverage) }}) then 'note'
            when health.statistic is null and health.p_value is null then 'note'
            else 'doubtful'
        end as finding
    from health
    inner join designs on health.experiment_id = designs.experiment_id

),

summaries as (

    select
        experiment_id,
        count(*) as check_count,
        count(case when status = 'pass' then 1 end) as passed_check_count,
        count(case when status = 'warn' then 1 end) as warned_check_count,
        count(case when status = 'fail' then 1 end) as failed_check_count,
        count(case when status = 'not_applicable' then 1 end) as not_applicable_check_count,
        count(case when is_unjudged then 1 end) as unjudged_check_count,
        {%- for finding in ['invalid', 'not_judged', 'doubtful', 'note'] %}
        count(case when finding = '{{ finding }}' then 1 end) as {{ finding }}_count,
        nullif(
            {{ feedlift.text_list("case when finding = '" ~ finding ~ "' then sentence end", 'check_name', ' ') }}, ''
        ) as {{ finding }}_sentences,
        {%- endfor %}
        nullif(
            {{ feedlift.text_list(
                "case when status = 'fail' and not is_about_exposure then check_name end", 'check_name'
            ) }}, ''
        ) as assigned_invalid_reason,
        nullif(
            {{ feedlift.text_list("case when status = 'fail' then check_name end", 'check_name') }}, ''
        ) as exposed_invalid_reason
    from findings
    group by experiment_id

),

-- An experiment without any check would otherwise be one that nothing speaks against.
verdicts as (

    select
        designs.experiment_id,
        designs.deciding_population,
        summaries.assigned_invalid_reason,
        summaries.exposed_invalid_reason,
        summaries.invalid_sentences,
        summaries.not_judged_sentences,
        summaries.doubtful_sentences,
        summaries.note_sentences,
        case designs.deciding_population
            when 'exposed' then summaries.exposed_invalid_reason
            else summaries.assigned_invalid_reason
        end as invalid_reason,
        case
            when summaries.invalid_count > 0 then 'invalid'
            when summaries.not_judged_count > 0 or summaries.experiment_id is null then 'not_judged'
            when summaries.doubtful_count > 0 then 'doubtful'
            else 'valid'
        end as verdict,
        coalesce(summaries.check_count, 0) as check_count,
        coalesce(summaries.passed_check_count, 0) as passed_check_count,
        coalesce(summaries.warned_check_count, 0) as warned_check_count,
        coalesce(summaries.failed_check_count, 0) as failed_check_count,
        coalesce(summaries.not_applicable_check_count, 0) as not_applicable_check_count,
        coalesce(summaries.unjudged_check_count, 0) as unjudged_check_count
    from designs
    left join summaries on designs.experiment_id = summaries.experiment_id

),

final as (

    select
        experiment_id,
        deciding_population,
        verdict,
        invalid_reason,
        assigned_invalid_reason,
        exposed_invalid_reason,
        note_sentences as notes,
        case
            when verdict = 'valid'
                then
                    'Nothing speaks against comparing the arms: ' || cast(passed_check_count as {{ text }}) || ' of '
                    || cast(check_count - not_applicable_check_count - unjudged_check_count as {{ text }})
                    || ' checks that could be judged pass'
                    || case
                        when unjudged_check_count = 0 then ''
                        else ', ' || cast(unjudged_check_count as {{ text }}) || ' could not be judged (see notes)'
                    end
                    || case
                        when not_applicable_check_count = 0 then '.'
                        when not_applicable_check_count = 1 then ', 1 does not apply.'
                        else ', ' || cast(not_applicable_check_count as {{ text }}) || ' do not apply.'
                    end
            when check_count = 0 then 'The experiment was not checked.'
            else
                trim(
                    coalesce(invalid_sentences || ' ', '') || coalesce(not_judged_sentences || ' ', '')
                    || coalesce(doubtful_sentences, '')
                )
        end as reasons,
        cast(failed_check_count as {{ integer }}) as failed_check_count,
        cast(warned_check_count as {{ integer }}) as warned_check_count,
        cast(passed_check_count as {{ integer }}) as passed_check_count,
        cast(not_applicable_check_count as {{ integer }}) as not_applicable_check_count,
        invalid_reason is null as is_valid
    from verdicts

)

select * from final
