{%- set alpha = (1 - feedlift.setting('confidence_level')) | round(15) -%}
{%- set keys = ['experiment_id', 'population', 'arm'] -%}
{%- set columns = [
    'experiment_id', 'population', 'arm', 'control_arm', 'aspect', 'arm_value', 'control_value', 'estimate', 'estimate_se', 'degrees_of_freedom', 'estimate_lower', 'estimate_upper', 'p_value',
    'relative_lift', 'relative_lift_lower', 'relative_lift_upper', 'is_relative_lift_unbounded', 'confidence_level',
    'approximation_quality', 'null_reason',
] -%}
{%- set of_metrics = [
    'ctr', 'satisfied_ctr', 'clicks_per_user', 'satisfied_clicks_per_user', 'long_click_rate', 'bounce_rate',
] -%}
{%- set directions = [] -%}
{%- for aspect in ['ctr', 'satisfied_ctr', 'satisfied_click_share'] -%}
{%- do directions.append(
    "max(case when aspect = '" ~ aspect ~ "' then direction end) as " ~ aspect ~ "_direction"
) -%}
{%- endfor -%}
with contrasts as (

    select
        *,
        metric as aspect
    from {{ ref('int_experiments__contrasts') }}
    where segment = 'all' and method = 'unadjusted' and metric in ({{ feedlift.literals(of_metrics) }})

),

click_quality as (

    select * from {{ ref('int_experiments__click_quality') }}

),

aspects as (

    select {{ (columns + ['unit_count', 'control_unit_count']) | join(', ') }}
    from contrasts
    union all
    select {{ (columns + ['unit_count', 'control_unit_count']) | join(', ') }} from click_quality

),

directed as (

    select
        {{ keys | join(', ') }},
        aspect,
        case
            when p_value is null then 'unknown'
            when p_value >= {{ alpha }} then 'unclear'
            when estimate > 0 then 'up'
            else 'down'
        end as direction
    from aspects

),

directions as (

    select
        {{ keys | join(', ') }},
        {{ directions | join(',\n        ') }}
    from directed
    group by {{ keys | join(', ') }}

),

-- A satisfied CTR that is not significantly up is no proof of bait where clicks satisfy as often as before: there may
-- be too few of them to see it.
verdicts as (

    select
        *,
        case
            when coalesce(ctr_direction, 'unknown') = 'unknown' then 'not_computed'
            when ctr_direction <> 'up' then 'no_lift'
            when
                coalesce(satisfied_ctr_direction, 'unknown') = 'unknown'
                or coalesce(satisfied_click_share_direction, 'unknown') = 'unknown'
                then 'not_computed'
            when satisfied_ctr_direction = 'down' then 'lift_is_clickbait'
            when satisfied_ctr_direction = 'up' and satisfied_click_share_direction = 'down' then 'lift_is_diluted'
            when satisfied_ctr_direction = 'up' then 'lift_is_satisfied'
            when satisfied_click_share_direction = 'down' then 'lift_is_clickbait'
            else 'lift_is_unclear'
        end as verdict
    from directions

),

final as (

    select
        aspects.{{ columns | join(', aspects.') }},
        cast(aspects.unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(aspects.control_unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        verdicts.verdict
    from aspects
    inner join verdicts
        on {{ feedlift._keys_match(keys, 'aspects', 'verdicts') }}

)

select * from final
