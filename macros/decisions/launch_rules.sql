{#-
  The launch decision about each treatment arm, from the state of its primary metric and of its guardrails: the first
  case that holds. Stopping for harm comes before everything that speaks for the arm; waiting comes only where what is
  known does not decide.
-#}
{% macro launch_rules(arms, patience_days=none) %}
  {%- set patience_days = patience_days if patience_days is not none else feedlift.setting('decision_patience_days') -%}
  {%- if patience_days is not number or patience_days is boolean or patience_days < 0 -%}
    {{ exceptions.raise_compiler_error(
      "launch_rules: patience_days is '" ~ patience_days ~ "'; write a number of days that is not negative."
    ) }}
  {%- endif -%}
  {%- set text = feedlift.data_type('text') -%}
with ruled as (

    select
        *,
        cast(case
            when not is_valid then 'invalid'
            when primary_state is null then 'no_primary_metric'
            when primary_state = 'harmed' then 'primary_harmed'
            when harmed_guardrail_count > 0 then 'guardrail_harmed'
            when primary_state = 'not_computed' and not has_ended then 'too_early'
            when primary_state in ('not_computed', 'not_computable') then 'not_computed'
            when primary_state = 'too_small' then 'effect_too_small'
            when primary_state = 'shown' and open_guardrail_count = 0 then 'benefit_shown'
            when days_to_end is not null then 'undecided_before_end'
            when days_needed <= {{ patience_days }} then 'undecided_worth_waiting'
            else 'undecided_not_worth_waiting'
        end as {{ text }}) as decision_rule
    from {{ arms }}

),

final as (

    select
        *,
        cast(case
            when decision_rule in ('invalid', 'no_primary_metric', 'not_computed') then 'do_not_read'
            when decision_rule = 'benefit_shown' then 'ship'
            when decision_rule in ('too_early', 'undecided_before_end', 'undecided_worth_waiting') then 'keep_running'
            else 'do_not_ship'
        end as {{ text }}) as verdict
    from ruled

)

select * from final
{% endmacro %}
