{#-
  The effect on those who take what they are assigned to, on anybody's table with one row per unit: unit_moments, then
  complier_contrasts, one result per group, metric and arm.
-#}
{% macro complier_effects(relation, arm, control, metrics, received, group_by=[], confidence_level=none) %}
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
        *,
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

final as (

    {{ feedlift.complier_contrasts(
        'arms', group_by + ['metric'], "arm = " ~ feedlift.literals([control]), confidence_level=confidence_level
    ) | indent(4) }}

)

select * from final
{% endmacro %}
