with guardrails as (

    select * from {{ ref('experiment_guardrails') }}

),

decisions as (

    select * from {{ ref('experiment_decisions') }}

),

counted as (

    select
        decisions.experiment_id,
        decisions.guardrail_count,
        decisions.failed_guardrails,
        decisions.open_guardrails,
        decisions.verdict,
        count(guardrails.metric) as shown_count,
        count(case when guardrails.state = 'harmed' then 1 end) as harmed_count,
        count(case when not guardrails.is_non_inferior then 1 end) as not_passed_count
    from decisions
    left join guardrails
        on
            decisions.experiment_id = guardrails.experiment_id
            and decisions.arm = guardrails.arm
            and not guardrails.is_exploratory
    group by
        decisions.experiment_id,
        decisions.guardrail_count,
        decisions.failed_guardrails,
        decisions.open_guardrails,
        decisions.verdict

)

select *
from counted
where
    guardrail_count <> shown_count
    or (failed_guardrails is not null) <> (harmed_count > 0)
    or (open_guardrails is not null) <> (not_passed_count > harmed_count)
    or (verdict = 'ship' and not_passed_count > 0)
