{#-
  The arms of a table of moments that nothing is compared with: those of a group without control, and units without an
  arm. A misspelt control or a failed join would else give no rows, which read as nothing to compare.
-#}
{% macro _uncompared_arms(moments, keys, control) %}
select
    {{ (keys + ['arm']) | join(', ') }},
    {{ feedlift.literals([control]) }} as control_arm,
    is_ratio,
    unit_count,
    nonzero_unit_count,
    case when arm is null then 'unknown_arm' else 'no_control' end as null_reason
from (
    select
        *,
        count(case when arm = {{ feedlift.literals([control]) }} then 1 end) over (
            partition by {{ keys | join(', ') }}
        ) as control_count
    from {{ moments }}
) as counted_controls
where arm is null or control_count = 0
{%- endmacro %}
