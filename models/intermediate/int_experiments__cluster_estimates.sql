{%- set keys = ['experiment_id', 'population', 'metric', 'segment', 'segment_value'] -%}
{%- set groups = ['experiment_id', 'population', 'segment', 'segment_value'] -%}
{%- set metrics = feedlift.metric_expressions() -%}
{%- set kept = [
    'is_ratio', 'unit_count', 'control_unit_count', 'nonzero_unit_count', 'control_nonzero_unit_count',
] -%}
{%- set columns = feedlift.estimate_columns() | reject('in', kept + ['null_reason']) | list -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

clustered_users as (

    select
        unit_measures.*,
        clusters.cluster_id
    from unit_measures
    inner join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id

),

-- A cluster may have users in several values of a segment: each value is summed on its own.
users_in_segments as (

    select
        *,
        'all' as segment,
        'all' as segment_value
    from clustered_users
    {%- for segment in feedlift.definitions('segments') %}

    union all

    select
        *,
        '{{ segment }}' as segment,
        segment_{{ segment }} as segment_value
    from clustered_users
    {%- endfor %}

),

totals as (

    {{ feedlift.cluster_totals('users_in_segments', 'arm', 'cluster_id', metrics, groups) | indent(4) }}

),

moments as (

    {{ feedlift.unit_moments(
        'totals', groups + ['arm'], feedlift.cluster_metrics(metrics), center_by=groups
    ) | indent(4) }}

),

arm_moments as (

    select
        moments.*,
        arms.is_control
    from moments
    inner join arms on moments.experiment_id = arms.experiment_id and moments.arm = arms.arm

),

estimates as (

    {{ feedlift.arm_estimates('arm_moments', keys, 'is_control') | indent(4) }}

),

judged as (

    {{ feedlift._with_cluster_problems('estimates') | indent(4) }}

),

-- Whether a user was active is always logged: who is missing is missing because the day has not passed.
final as (

    select
        {{ (keys + ['arm', 'control_arm', 'method'] + kept) | join(', ') }},
        {%- for column in columns %}
        case when cluster_problem is null then {{ column }} end as {{ column }},
        {%- endfor %}
        case
            when cluster_problem is not null then cluster_problem
            when
                null_reason = 'not_logged'
                and metric in ({{ feedlift.literals(feedlift.metrics_of_type('retention') | list) }})
                then 'no_mature_units'
            else null_reason
        end as null_reason
    from judged

)

select * from final
