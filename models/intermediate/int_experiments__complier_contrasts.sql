{#- A ratio of totals over a share of users is nobody's effect: metrics with a denominator have no rows here. -#}
{%- set metrics = {} -%}
{%- for name, metric in feedlift.metric_expressions().items() if metric.get('denominator') is none -%}
  {%- do metrics.update({name: {
    'numerator': metric['numerator'],
    'denominator': 'case when has_received_treatment then 1 when not has_received_treatment then 0 end',
  }}) -%}
{%- endfor -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}
    where population = 'assigned'

),

receipts as (

    select * from {{ ref('int_experiments__receipts') }}

),

units as (

    select
        unit_measures.*,
        receipts.is_control,
        receipts.has_received_treatment
    from unit_measures
    inner join receipts
        on unit_measures.experiment_id = receipts.experiment_id and unit_measures.user_id = receipts.user_id

),

moments as (

    {{ feedlift.unit_moments(
        'units',
        group_by=['experiment_id', 'arm', 'is_control', 'phase'],
        metrics=metrics,
        center_by=['experiment_id'],
    ) | indent(4) }}

),

final as (

    {{ feedlift.complier_contrasts(
        'moments',
        keys=['experiment_id', 'metric'],
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

)

-- An experiment has a control; a part of it may have nobody in it.
select * from final
where control_arm is not null
