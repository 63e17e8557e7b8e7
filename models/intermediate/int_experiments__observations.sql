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

{%- for name, metric in metrics.items() if metric.get('events') %}

{{ name }}_values as (

    select
        user_id,
        event_at,
        cast({{ metric['value'] }} as {{ double }}) as observed_value
    from {{ metric['events'] }}
    where {{ metric.get('where', '1 = 1') }}

),
{%- endfor %}

-- The first part only names the columns, for a project without any quantile metric. A user without an observation
-- stays, with none: the user was randomised too.
final as (

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
    {%- for name, metric in metrics.items() %}

    union all

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        unit_measures.phase,
        unit_measures.user_id,
        '{{ name }}' as metric,
        cast({{ metric['quantile'] }} as {{ double }}) as quantile,
        {%- if metric.get('events') %}
        {{ name }}_values.observed_value
    from unit_measures
    left join {{ name }}_values
        on
            unit_measures.user_id = {{ name }}_values.user_id
            and unit_measures.outcome_starts_at <= {{ name }}_values.event_at
            and unit_measures.outcome_ends_at > {{ name }}_values.event_at
        {%- else %}
        cast(unit_measures.{{ metric['numerator'] }} as {{ double }}) as observed_value
    from unit_measures
        {%- endif %}
    {%- endfor %}

)

select * from final
