{#- The rate of refusal is per row, not per user: a treatment that makes people busier gives them more rows to be refused,
    and that alone is no fault of the logging. -#}
{%- set metrics = {'refused_rows': {'numerator': 'refused_row_count', 'denominator': 'row_count'}} -%}
{%- for name in ['crossover', 'exposure_rate', 'time_to_exposure'] -%}
    {%- do metrics.update({name: {'numerator': name}}) -%}
{%- endfor -%}
{%- for name in feedlift.measures() -%}
    {%- do metrics.update({name ~ '_before': {'numerator': name ~ '_before'}}) -%}
{%- endfor -%}
with moments as (

    {{ feedlift.unit_moments(
        ref('int_experiments__validity_units'),
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

),

final as (

    select
        experiment_id,
        case
            when metric like '%\_before' escape '\' then 'pre_period_balance'
            when metric = 'crossover' then 'crossovers'
            else metric
        end as check_name,
        metric,
        arm,
        control_arm,
        unit_count,
        control_unit_count,
        arm_value,
        control_value,
        estimate,
        estimate_se,
        t_statistic,
        p_value,
        null_reason
    from contrasts

)

select * from final
