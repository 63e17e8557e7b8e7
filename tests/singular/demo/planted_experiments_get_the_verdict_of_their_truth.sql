{#-
  The demo's verdicts, each with what was planted. `ranker_depth`, `fresh_carousel` and `video_autoplay` (muted) raise
  their primary metric and harm nothing; sound makes people hide videos; `clickbait_titles` raises clicks with hides and
  reports, and `shopping_module` product clicks at the cost of organic clicks and saves; `closeup_redesign` lost
  assignments; `aa_test` has no effect, and users enough to exclude one that matters; `related_items_ramp` has one, and
  too few users in the phase of equal shares to show it.
-#}
{{ config(enabled=feedlift.is_demo()) }}
with expected as (

    select *
    from (
        values
        ('ranker_depth', 'ship', 'benefit_shown', 'treatment'),
        ('fresh_carousel', 'ship', 'benefit_shown', 'treatment'),
        ('video_autoplay', 'ship', 'benefit_shown', 'muted'),
        ('clickbait_titles', 'do_not_ship', 'guardrail_harmed', null),
        ('shopping_module', 'do_not_ship', 'guardrail_harmed', null),
        ('aa_test', 'do_not_ship', 'effect_too_small', null),
        ('closeup_redesign', 'do_not_read', 'invalid', null),
        ('related_items_ramp', 'keep_running', 'undecided_worth_waiting', null)
    ) as verdicts (experiment_id, verdict, decision_rule, recommended_arm)

),

decisions as (

    select * from {{ ref('experiment_decisions') }}
    where experiment_id in (select planted_truth.experiment_id from {{ ref('planted_truth') }} as planted_truth)

)

select
    expected.experiment_id,
    expected.verdict as expected_verdict,
    decisions.verdict,
    decisions.decision_rule,
    decisions.recommended_arm,
    decisions.days_still_needed
from expected
full outer join decisions on expected.experiment_id = decisions.experiment_id
where
    coalesce(expected.verdict <> decisions.verdict, true)
    or expected.decision_rule <> decisions.decision_rule
    or coalesce(expected.recommended_arm, 'none') <> coalesce(decisions.recommended_arm, 'none')
    or (decisions.verdict = 'keep_running') <> (coalesce(decisions.days_still_needed, 0) > 0)
