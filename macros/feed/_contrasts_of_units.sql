{#-
  The CTEs `moments` and `contrasts` of a table with one row per experiment and user: every arm against control, with
  the phases of a ramp as strata.
-#}
{% macro _contrasts_of_units(relation, metrics) -%}
moments as (

    {{ feedlift.unit_moments(
        relation,
        group_by=['experiment_id', 'arm', 'is_control', 'phase'],
        metrics=metrics,
        center_by=['experiment_id'],
    ) | indent(4) }}

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments',
        keys=['experiment_id', 'metric'],
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)
{%- endmacro %}
