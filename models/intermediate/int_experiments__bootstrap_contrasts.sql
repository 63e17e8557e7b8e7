{%- set names = feedlift.bootstrapped_metrics() -%}
{%- set metrics = {} -%}
{%- for name, expressions in feedlift.metric_expressions().items() if name in names or not names -%}
{%- do metrics.update({name: expressions}) -%}
{%- endfor -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

-- Nobody, where no metric asks for a bootstrap.
arm_units as (

    select
        unit_measures.*,
        'all' as segment,
        'all' as segment_value,
        arms.is_control
    from unit_measures
    inner join arms on unit_measures.experiment_id = arms.experiment_id and unit_measures.arm = arms.arm
    where 1 = {{ 1 if names else 0 }}

),

final as (

    {{ feedlift.bootstrap_contrasts(
        'arm_units',
        unit='user_id',
        keys=['experiment_id', 'population', 'segment', 'segment_value'],
        is_control='is_control',
        metrics=metrics,
        replicates=feedlift.setting('bootstrap_replicates') or 999,
        seed=feedlift.setting('bootstrap_seed'),
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

-- An experiment has a control; a part of it may have nobody in it.
select * from final
where control_arm is not null
