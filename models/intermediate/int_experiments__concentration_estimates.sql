{%- set keys = ['experiment_id', 'population', 'entity_type'] -%}
{%- set columns = feedlift.estimate_columns() | reject('equalto', 'null_reason') | list -%}
{%- set figures = columns | reject('in', [
    'is_ratio', 'cuped_coefficient', 'unit_count', 'control_unit_count', 'nonzero_unit_count',
    'control_nonzero_unit_count',
]) | list -%}
{%- set sizes = [
    'entity_count', 'observation_count', 'shown_entity_count', 'control_observation_count',
    'control_shown_entity_count', 'top_entity_count',
] -%}
{%- set kept = columns | reject('in', figures) | list -%}
with seen_entities as (

    select * from {{ ref('int_experiments__seen_entities') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

logged as (

    select
        measures.is_impressions_logged,
        count(logged_columns.column_name) > 0 as is_creator_logged
    from {{ ref('int_measures__logged') }} as measures
    left join {{ ref('stg_feed__logged_columns') }} as logged_columns
        on logged_columns.raw_table = 'raw_items' and logged_columns.column_name = 'creator_id'
    group by measures.is_impressions_logged

),

arm_entities as (

    select
        seen_entities.*,
        arms.is_control
    from seen_entities
    inner join arms
        on seen_entities.experiment_id = arms.experiment_id and seen_entities.arm = arms.arm

),

estimates as (

    {{ feedlift.concentration_estimates(
        'arm_entities',
        unit='randomised_unit_id',
        entity='entity_id',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

),

estimates_with_problems as (

    {{ feedlift._with_cluster_problems('estimates') | indent(4) }}

),

judged as (

    select
        estimates_with_problems.*,
        case
            when not logged.is_impressions_logged then 'not_logged'
            when estimates_with_problems.entity_type = 'creator' and not logged.is_creator_logged then 'not_logged'
            else estimates_with_problems.cluster_problem
        end as problem
    from estimates_with_problems
    cross join logged

),

final as (

    select
        {{ (keys + ['measure', 'arm', 'control_arm', 'method'] + kept) | join(', ') }},
        {%- for column in figures + sizes %}
        case when problem is null then {{ column }} end as {{ column }},
        {%- endfor %}
        coalesce(problem, null_reason) as null_reason
    from judged

)

select * from final
