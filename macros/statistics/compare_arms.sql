{#-
  Every arm against control on anybody's table with one row per user: unit_moments, then arm_contrasts, one result per
  group, metric, arm and method.
-#}
{% macro compare_arms(
  relation, arm, control, metrics, group_by=[], confidence_level=none, alternative='two-sided'
) %}
with units as (

    select
        *,
        {{ arm }} as compared_arm
    from {{ relation }}

),

moments as (

    {{ feedlift.unit_moments(
        'units', group_by + ['compared_arm'], metrics, center_by=group_by
    ) | indent(4) }}

),

arms as (

    select
        *,
        compared_arm as arm
    from moments

),

final as (

    {{ feedlift.arm_contrasts(
        'arms', group_by + ['metric'], "arm = " ~ feedlift.literals([control]), confidence_level=confidence_level,
        alternative=alternative
    ) | indent(4) }}

)

select * from final
{% endmacro %}
