{#-
  Every metric of every arm against control in each of the cells (a day, an order of sessions), from a row per user and
  cell: ramp phases are strata, and rows of arms without control are left out, as on first days when control has nobody.
  A query.
-#}
{% macro _effects_by(cell, units, metrics, center_by) %}
  {%- set integer = feedlift.data_type('integer') -%}
with moments as (

    {{ feedlift.unit_moments(
        units,
        group_by=['experiment_id', 'population', 'arm', 'is_control', 'phase', cell],
        metrics=metrics,
        center_by=center_by,
    ) | indent(4) }}

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments',
        ['experiment_id', 'population', 'metric', cell],
        'is_control',
        "cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

select
    experiment_id,
    population,
    metric,
    {{ cell }},
    arm,
    control_arm,
    cast(unit_count as {{ integer }}) as unit_count,
    cast(control_unit_count as {{ integer }}) as control_unit_count,
    arm_value,
    control_value,
    estimate,
    estimate_se,
    estimate_lower,
    estimate_upper,
    p_value,
    relative_lift,
    relative_lift_lower,
    relative_lift_upper,
    is_relative_lift_unbounded,
    confidence_level,
    approximation_quality,
    null_reason
from contrasts
where control_arm is not null
{% endmacro %}
