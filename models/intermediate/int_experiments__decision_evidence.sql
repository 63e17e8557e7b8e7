{%- set alpha = (1 - feedlift.setting('confidence_level')) | round(15) -%}
{%- set above_zero = feedlift.setting('decision_ship_above') == 'zero' -%}
{%- set lies_above = 'benefit_lower >= 0' if above_zero else
    'p_value_above_smallest_effect < ' ~ alpha ~ ' and benefit_lower > coalesce(smallest_effect, 0)' -%}
{%- set keys = ['experiment_id', 'population', 'metric', 'arm', 'method'] -%}
{#- With more power than the primary metric: all guardrails have to pass, and harmless ones must not hold a launch up.
    Where such power is reached and the margin is still in doubt, more than half of it is used up. -#}
{%- set guardrail_power = 1 - feedlift.setting('non_inferiority_alpha') -%}
{%- set power_options = {
    'primary_fixed_horizon': {},
    'primary_always_valid': {},
    'guardrail_fixed_horizon': {
        'power': guardrail_power, 'confidence_level': guardrail_power, 'alternative': 'greater',
    },
    'guardrail_always_valid': {'power': guardrail_power},
} -%}
{%- set never_computed = ['not_logged', 'not_randomised_by_user', 'unknown_cluster', 'cluster_in_several_arms'] -%}
{%- set columns = [
    'experiment_id', 'population', 'control_arm', 'randomisation_unit', 'arm', 'metric', 'metric_role',
    'desired_direction', 'non_inferiority_margin', 'margin_scale', 'smallest_effect', 'method', 'test', 'has_ended',
    'arm_value', 'control_value', 'estimate', 'lower', 'upper', 'relative_lift', 'relative_lift_lower',
    'relative_lift_upper', 'p_value', 'p_value_holm', 'benefit', 'state', 'daily_new_users',
    'approximation_quality', 'null_reason',
] -%}
with metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}
    where metric_role in ('primary', 'guardrail')

),

power_inputs as (

    select * from {{ ref('int_experiments__power_inputs') }}

),

{{ feedlift._deciding_contrasts() }},

answers as (

    select
        *,
        abs(smallest_effect_of_interest) as smallest_effect,
        case desired_direction when 'increase' then 1e0 else -1e0 end as benefit_sign
    from deciding_contrasts

),

-- Any arm could be picked, so the arms are tested together. One that points the wrong way stays a hypothesis, with
-- nothing for it: by its two-sided p-value, an arm's harm would make the others easier to launch.
primary_metrics as (

    select
        *,
        {% if not above_zero -%}
        -- The same test of the estimate less the smallest effect.
        case
            when p_value is null then null
            when benefit_sign * estimate <= coalesce(smallest_effect, 0e0) then 1e0
            when has_ended
                then
                    2e0 * {{ feedlift.student_t_survival(
                        '((benefit_sign * estimate - coalesce(smallest_effect, 0e0)) / estimate_se)',
                        'degrees_of_freedom'
                    ) }}
            else {{ feedlift.always_valid_p_value(
                '((benefit_sign * estimate - coalesce(smallest_effect, 0e0)) / estimate_se)',
                '(unit_count + control_unit_count)', 'planned_user_count_of_test'
            ) }}
        end as p_value_above_smallest_effect,
        {% endif -%}
        case when benefit_sign * estimate > 0 then p_value when p_value is not null then 1e0 end as p_value_of_benefit
    from answers
    where metric_role = 'primary'

),

adjusted_p_values as (

    {{ feedlift.adjusted_p_values('primary_metrics', ['experiment_id'], p_value='p_value_of_benefit') | indent(4) }}

),

{% if not above_zero -%}
adjusted_p_values_above_smallest_effect as (

    {{ feedlift.adjusted_p_values(
        'primary_metrics', ['experiment_id'], p_value='p_value_above_smallest_effect'
    ) | indent(4) }}

),

{% endif -%}

-- Benefit is positive from here on, in the metric's unit or, for a relative margin, as a fraction of control.
benefits as (

    select
        answers.*,
        adjusted_p_values.p_value_holm,
        {%- if not above_zero %}
        above_smallest_effect.p_value_holm as p_value_above_smallest_effect,
        {%- endif %}
        answers.benefit_sign * answers.estimate as benefit,
        case
            when answers.benefit_sign > 0 and answers.margin_scale = 'relative' then answers.relative_lift_lower
            when answers.margin_scale = 'relative' then -answers.relative_lift_upper
            when answers.benefit_sign > 0 then answers.lower
            else -answers.upper
        end as benefit_lower,
        case
            when answers.benefit_sign > 0 and answers.margin_scale = 'relative' then answers.relative_lift_upper
            when answers.margin_scale = 'relative' then -answers.relative_lift_lower
            when answers.benefit_sign > 0 then answers.upper
            else -answers.lower
        end as benefit_upper
    from answers
    left join adjusted_p_values
        on
            answers.experiment_id = adjusted_p_values.experiment_id
            and answers.metric = adjusted_p_values.metric
            and answers.arm = adjusted_p_values.arm
    {%- if not above_zero %}
    left join adjusted_p_values_above_smallest_effect as above_smallest_effect
        on
            answers.experiment_id = above_smallest_effect.experiment_id
            and answers.metric = above_smallest_effect.metric
            and answers.arm = above_smallest_effect.arm
    {%- endif %}

),

states as (

    select
        *,
        case
            when null_reason in ({{ feedlift.literals(never_computed) }}) then 'not_computable'
            when null_reason is not null then 'not_computed'
            when metric_role = 'guardrail' and benefit_upper < -non_inferiority_margin then 'harmed'
            when metric_role = 'guardrail' and has_ended and is_non_inferior then 'passed'
            when metric_role = 'guardrail' and not has_ended and benefit_lower > -non_inferiority_margin then 'passed'
            when metric_role = 'guardrail' then 'open'
            when benefit_upper < 0 then 'harmed'
            when benefit_upper < smallest_effect then 'too_small'
            when p_value_holm < {{ alpha }} and {{ lies_above }} then 'shown'
            else 'open'
        end as state
    from benefits

),

-- What the experiment would have to be able to show: the smallest effect of interest, or, were there no effect at all,
-- that a guardrail's margin is kept. Where the whole interval must lie above the smallest effect, no number of users is
-- known to show it: an effect of just that size never does.
targets as (

    select
        states.*,
        power_inputs.planned_user_count,
        power_inputs.difference_variance,
        power_inputs.pair_unit_count,
        power_inputs.pair_share,
        power_inputs.daily_new_users,
        case
            when states.metric_role = 'primary' then {{ 'states.smallest_effect' if above_zero else 'null' }}
            when states.margin_scale = 'absolute' then states.non_inferiority_margin
            when states.control_value > 0 then states.non_inferiority_margin * states.control_value
        end as target_effect
    from states
    left join power_inputs
        on {{ feedlift._keys_match(keys, 'states', 'power_inputs') }}

),

-- A single look is the one at a planned end that is still to come. Without one, or once it has been had, only the
-- always-valid test can give an answer, so that waits are its own.
{% for role in ['primary', 'guardrail'] -%}
{% for test in ['fixed_horizon', 'always_valid'] -%}
{{ role }}_{{ test }}_targets as (

    select * from targets
    where metric_role = '{{ role }}' and {{ 'not ' if test == 'fixed_horizon' }}(has_ended or ends_at is null)

),

{{ role }}_{{ test }}_power as (

    {{ feedlift.power_analysis(
        role ~ '_' ~ test ~ '_targets', effect='target_effect', variance='difference_variance',
        standard_error='estimate_se', unit_count='pair_unit_count', test=test,
        planned_unit_count='planned_user_count' if test == 'always_valid' else none,
        **(power_options[role ~ '_' ~ test])
    ) | indent(4) }}

),

{% endfor -%}
{% endfor -%}
needs as (

    {%- for role in ['primary', 'guardrail'] %}
    {%- for test in ['fixed_horizon', 'always_valid'] %}
    {{ 'union all' if not (loop.first and role == 'primary') }}
    select
        {{ (columns + ['pair_share', 'needed_units']) | join(', ') }},
        -- As many as would give the present standard error in the present shares.
        difference_variance / (power_standard_error * power_standard_error) as units_so_far
    from {{ role }}_{{ test }}_power
    {%- endfor %}
    {%- endfor %}

),

final as (

    select
        {{ columns | join(', ') }},
        {{ feedlift._whole_units('needed_units / pair_share') }} as needed_user_count,
        -- What greatest makes of a null differs between databases, and no number of users would become no wait.
        case
            when needed_units > units_so_far then needed_units - units_so_far
            when needed_units <= units_so_far then 0e0
        end
        / pair_share / nullif(daily_new_users, 0) as days_needed
    from needs

)

select * from final
