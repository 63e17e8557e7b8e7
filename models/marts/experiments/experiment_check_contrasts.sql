{%- set figures = [
    'metric', 'arm', 'control_arm', 'unit_count', 'control_unit_count', 'arm_value', 'control_value', 'estimate',
    'estimate_se', 't_statistic', 'p_value', 'null_reason',
] -%}
with validity_contrasts as (

    select * from {{ ref('int_experiments__validity_contrasts') }}

),

missing_values as (

    select * from {{ ref('int_experiments__missing_value_contrasts') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}
    where metric_role in ('placebo', 'manipulation')

),

contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}
    where population = 'assigned' and segment = 'all' and method = 'unadjusted'

),

validity as (

    select * from {{ ref('experiment_validity') }}

),

-- The columns are named once more because the macro below reads `select *`.
check_contrasts as (

    select
        experiment_id,
        check_name,
        {{ figures | join(',\n        ') }},
        case when check_name = 'signal_parity' then {{ feedlift.setting('signal_parity_tolerance') }} end as tolerance
    from validity_contrasts

    union all

    select
        experiment_id,
        'missing_data' as check_name,
        {{ figures | join(',\n        ') }},
        null as tolerance
    from missing_values

    union all

    select
        metric_roles.experiment_id,
        case metric_roles.metric_role when 'placebo' then 'placebo_metric' else 'manipulation_check' end as check_name,
        {%- for column in figures %}
        contrasts.{{ column }},
        {%- endfor %}
        null as tolerance
    from metric_roles
    inner join contrasts
        on metric_roles.experiment_id = contrasts.experiment_id and metric_roles.metric = contrasts.metric

),

corrected as (

    {{ feedlift.adjusted_p_values('check_contrasts', ['experiment_id', 'check_name']) | indent(4) }}

),

-- Every manipulation has to be seen, so that none is corrected for the others (Berger 1982, intersection-union test).
final as (

    select
        corrected.experiment_id,
        corrected.check_name,
        {%- for column in figures %}
        corrected.{{ column }},
        {%- endfor %}
        validity.assigned_invalid_reason as invalid_reason,
        validity.assigned_invalid_reason is null as is_valid,
        cast(corrected.tolerance as {{ feedlift.data_type('double') }}) as tolerance,
        cast(corrected.family_size as {{ feedlift.data_type('integer') }}) as family_size,
        case when corrected.check_name <> 'manipulation_check' then corrected.p_value_bonferroni end
            as p_value_bonferroni
    from corrected
    inner join validity on corrected.experiment_id = validity.experiment_id

)

select * from final
