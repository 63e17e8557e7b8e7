{#-
  The effect on those who take what they are assigned to, on anybody's table with one row per unit: unit_moments, then
  complier_contrasts, one result per group, metric and arm.
-#}
{% macro complier_effects(relation, arm, control, metrics, received, group_by=[], confidence_level=none) %}
  {%- do feedlift._check_keys('complier_effects', group_by) -%}
  {%- do feedlift._check_metrics('complier_effects', metrics, ['numerator', 'denominator']) -%}
  {%- set confidence = feedlift._confidence('complier_effects', confidence_level) -%}
  {%- set keys = group_by + ['metric'] -%}
  {%- set columns = [
    'unit_count', 'control_unit_count', 'arm_receipt_rate', 'control_receipt_rate', 'arm_value', 'control_value',
    'itt_estimate', 'itt_estimate_se', 'itt_estimate_lower', 'itt_estimate_upper', 'p_value', 'degrees_of_freedom',
    'confidence_level', 'complier_effect', 'complier_effect_se', 'complier_effect_lower', 'complier_effect_upper',
    'is_complier_effect_unbounded', 'approximation_quality', 'null_reason',
  ] -%}
  {%- set with_receipt = {} -%}
  {%- for name, metric in metrics.items() -%}
    {%- if metric.get('denominator') is not none -%}
      {{ exceptions.raise_compiler_error(
        "complier_effects: the metric '" ~ name ~ "' has a denominator. A ratio of totals over a share of units is "
        ~ "nobody's effect; take the numerator, or the ratio of each unit, as a metric of its own."
      ) }}
    {%- endif -%}
    {%- do with_receipt.update({name: {'numerator': metric['numerator'], 'denominator': received}}) -%}
  {%- endfor -%}
with units as (

    select
        {{ feedlift.all_columns_but(['compared_arm']) }},
        {{ arm }} as compared_arm
    from {{ relation }}

),

moments as (

    {{ feedlift.unit_moments(
        'units', group_by + ['compared_arm'], with_receipt, center_by=group_by
    ) | indent(4) }}

),

arms as (

    select
        *,
        compared_arm as arm
    from moments

),

contrasts as (

    {{ feedlift.complier_contrasts(
        'arms', keys, "arm = " ~ feedlift.literals([control]), confidence_level=confidence
    ) | indent(4) }}

),

final as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        coalesce(control_arm, {{ feedlift.literals([control]) }}) as control_arm,
        {{ columns | join(', ') }}
    from contrasts

)

select * from final
{% endmacro %}
