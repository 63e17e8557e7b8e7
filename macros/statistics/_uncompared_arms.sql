{#-
  The arms of a table of moments or counts that nothing is compared with: those of a key without control, those of which
  nobody knows whether they are control, and units without an arm. A misspelt control or a failed join would else give
  no rows, which read as nothing to compare.
-#}
{% macro _uncompared_arms(relation, keys) %}
select
    {{ (keys + ['arm']) | join(', ') }},
    max(case when is_ratio then 1 else 0 end) = 1 as is_ratio,
    cast(sum(unit_count) as {{ feedlift.data_type('integer') }}) as unit_count,
    cast(sum(nonzero_unit_count) as {{ feedlift.data_type('integer') }}) as nonzero_unit_count,
    null_reason
from (
    select
        *,
        case
            when arm is null then 'unknown_arm'
            when is_control_arm is null then 'unknown_control'
            when
                count(case when is_control_arm then 1 end) over (
                    partition by {{ (keys or ["'all'"]) | join(', ') }}
                ) = 0
                then 'no_control'
        end as null_reason
    from {{ relation }}
) as judged_arms
where null_reason is not null
group by {{ (keys + ['arm']) | join(', ') }}, null_reason
{%- endmacro %}


{#- The rows of `uncompared_arms` in the layout of arm_estimates, `columns` but is_ratio and null_reason. -#}
{% macro _uncompared_estimates(keys, columns) %}
select
    {{ (keys + ['arm']) | join(', ') }},
    null as control_arm,
    'unadjusted' as method,
    is_ratio,
    {%- for column in columns %}
    {{ {
        'unit_count': 'unit_count', 'nonzero_unit_count': 'nonzero_unit_count',
        'control_unit_count': "case when null_reason = 'no_control' then 0 end",
        'control_nonzero_unit_count': "case when null_reason = 'no_control' then 0 end",
    }.get(column, 'null') }} as {{ column }},
    {%- endfor %}
    null_reason
from uncompared_arms
{%- endmacro %}
