{%- set metrics = feedlift.metrics_of_type('quantile') -%}
{%- set double = feedlift.data_type('double') -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

-- The first parts of each union only name its columns, for a project without any such metric.
event_values as (

    select
        user_id,
        event_at,
        'none' as metric,
        cast(null as {{ double }}) as observed_value
    from impressions
    where 1 = 0

    union all

    select
        user_id,
        event_at,
        'none' as metric,
        cast(null as {{ double }}) as observed_value
    from engagements
    where 1 = 0
    {%- for name, metric in metrics.items() if metric.get('events') %}

    union all

    select
        user_id,
        event_at,
        '{{ name }}' as metric,
        cast({{ metric['value'] }} as {{ double }}) as observed_value
    from {{ metric['events'] }}
    where {{ metric.get('where', '1 = 1') }}
    {%- endfor %}

),

event_metrics as (

    select distinct
        'none' as metric,
        cast(null as {{ double }}) as quantile
    from unit_measures
    where 1 = 0
    {%- for name, metric in metrics.items() if metric.get('events') %}

    union all

    select
        '{{ name }}' as metric,
        cast({{ metric['quantile'] }} as {{ double }}) as quantile
    {%- endfor %}

),

user_values as (

    select
        experiment_id,
        population,
        arm,
        phase,
        user_id,
        'none' as metric,
        cast(null as {{ double }}) as quantile,
        cast(null as {{ double }}) as observed_value
    from unit_measures
    where 1 = 0
    {%- for name, metric in metrics.items() if metric.get('numerator') %}

    union all

    select
        experiment_id,
        population,
        arm,
        phase,
        user_id,
        '{{ name }}' as metric,
        cast({{ metric['quantile'] }} as {{ double }}) as quantile,
        cast({{ metric['numerator'] }} as {{ double }}) as observed_value
    from unit_measures
    {%- endfor %}

),

-- A user without an observation stays, with none: the user was randomised too.
final as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        unit_measures.phase,
        unit_measures.user_id,
        event_metrics.metric,
        event_metrics.quantile,
        event_values.observed_value
    from unit_measures
    cross join event_metrics
    left join event_values
        on
            unit_measures.user_id = event_values.user_id
            and event_metrics.metric = event_values.metric
            and unit_measures.outcome_starts_at <= event_values.event_at
            and unit_measures.outcome_ends_at > event_values.event_at

    union all

    select * from user_values

)

select * from final
