{%- set double = feedlift.data_type('double') -%}
{#- How good clicks are, all as ratios of totals over the units that were randomised, and quantiles of their dwell. -#}
{%- set keys = ['experiment_id', 'population', 'aspect'] -%}
{%- set sums = [
    'click_count', 'timed_click_count', 'dwell_seconds', 'saved_click_count', 'carted_click_count',
] -%}
{%- set known_sums, unit_totals = [], [] -%}
{%- for column in sums -%}
{%- do known_sums.append('coalesce(user_clicks.' ~ column ~ ', 0e0) as ' ~ column) -%}
{%- do unit_totals.append('sum(users.' ~ column ~ ') as ' ~ column) -%}
{%- endfor -%}
{%- set columns = ['unit_count', 'control_unit_count', 'nonzero_unit_count', 'control_nonzero_unit_count'] -%}
{%- set figures = feedlift.estimate_columns() | reject('in', columns + ['is_ratio', 'null_reason']) | list -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

clicks as (

    select * from {{ ref('int_engagements__followed_clicks') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

user_clicks as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.user_id,
        cast(count(*) as {{ double }}) as click_count,
        cast(count(clicks.dwell_ms) as {{ double }}) as timed_click_count,
        -- least() passes over nulls: a click of unknown dwell would have the longest.
        sum(
            case
                when clicks.dwell_ms is not null
                    then least(clicks.dwell_ms / 1e3, {{ feedlift.setting('longest_dwell_seconds') }})
            end
        ) as dwell_seconds,
        cast(count(clicks.first_saved_at) as {{ double }}) as saved_click_count,
        cast(count(clicks.first_carted_at) as {{ double }}) as carted_click_count
    from unit_measures
    inner join clicks
        on
            unit_measures.user_id = clicks.user_id
            and unit_measures.outcome_starts_at <= clicks.event_at
            and unit_measures.outcome_ends_at > clicks.event_at
    group by unit_measures.experiment_id, unit_measures.population, unit_measures.user_id

),

users as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        unit_measures.phase,
        unit_measures.clicked_impressions,
        unit_measures.satisfied_clicked_impressions,
        coalesce(clusters.cluster_id, unit_measures.user_id) as randomised_unit_id,
        {{ known_sums | join(',\n        ') }}
    from unit_measures
    left join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id
    left join user_clicks
        on
            unit_measures.experiment_id = user_clicks.experiment_id
            and unit_measures.population = user_clicks.population
            and unit_measures.user_id = user_clicks.user_id

),

units as (

    select
        users.experiment_id,
        users.population,
        users.arm,
        arms.is_control,
        users.phase,
        users.randomised_unit_id,
        sum(users.satisfied_clicked_impressions) as satisfied_clicked_impressions,
        sum(users.clicked_impressions) as clicked_impressions,
        {{ unit_totals | join(',\n        ') }}
    from users
    inner join arms on users.experiment_id = arms.experiment_id and users.arm = arms.arm
    group by
        users.experiment_id, users.population, users.arm, arms.is_control, users.phase, users.randomised_unit_id

),

-- What is not logged has not happened to nobody, and is null.
known_units as (

    select
        units.experiment_id,
        units.population,
        units.arm,
        units.is_control,
        units.phase,
        units.satisfied_clicked_impressions,
        units.clicked_impressions,
        case when logged.is_clicks_logged then units.click_count end as click_count,
        case when logged.is_long_clicks_logged then units.timed_click_count end as timed_click_count,
        case when logged.is_long_clicks_logged then units.dwell_seconds end as dwell_seconds,
        case when logged.is_saves_logged then units.saved_click_count end as saved_click_count,
        case when logged.is_add_to_carts_logged then units.carted_click_count end as carted_click_count
    from units
    cross join logged

),

moments as (

    {{ feedlift.unit_moments(
        'known_units',
        group_by=['experiment_id', 'population', 'arm', 'is_control', 'phase'],
        metrics={
            'satisfied_click_share': {
                'numerator': 'satisfied_clicked_impressions', 'denominator': 'clicked_impressions',
            },
            'dwell_seconds_per_click': {
                'numerator': 'dwell_seconds', 'denominator': 'timed_click_count',
            },
            'saved_click_share': {
                'numerator': 'saved_click_count', 'denominator': 'click_count',
            },
            'carted_click_share': {
                'numerator': 'carted_click_count', 'denominator': 'click_count',
            },
        },
        center_by=['experiment_id', 'population'],
    ) | indent(4) }}

),

named_moments as (

    select
        *,
        metric as aspect
    from moments

),

ratio_estimates as (

    {{ feedlift.arm_estimates(
        'named_moments', keys, 'is_control', "cast(phase as " ~ feedlift.data_type('text') ~ ")"
    ) | indent(4) }}

),

-- A user without clicks stays, with none: the user was randomised too.
dwell_times as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        arms.is_control,
        unit_measures.phase,
        coalesce(clusters.cluster_id, unit_measures.user_id) as randomised_unit_id,
        case when logged.is_long_clicks_logged then clicks.dwell_ms / 1e3 end as click_seconds
    from unit_measures
    inner join arms on unit_measures.experiment_id = arms.experiment_id and unit_measures.arm = arms.arm
    cross join logged
    left join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id
    left join clicks
        on
            unit_measures.user_id = clicks.user_id
            and unit_measures.outcome_starts_at <= clicks.event_at
            and unit_measures.outcome_ends_at > clicks.event_at

),

quantile_times as (

    {%- for percent in [25, 50, 75] %}
    {{ 'union all' if not loop.first }}
    select
        *,
        'dwell_seconds_p{{ percent }}' as aspect,
        {{ percent }}e-2 as time_share
    from dwell_times
    {%- endfor %}

),

quantile_estimates as (

    {{ feedlift.quantile_estimates(
        'quantile_times', 'randomised_unit_id', keys, 'is_control', 'click_seconds', 'time_share',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")"
    ) | indent(4) }}

),

estimates as (

    select {{ (keys + ['arm', 'control_arm', 'method'] + feedlift.estimate_columns()) | join(', ') }}
    from ratio_estimates

    union all

    select {{ (keys + ['arm', 'control_arm', 'method'] + feedlift.estimate_columns()) | join(', ') }}
    from quantile_estimates

),

judged as (

    {{ feedlift._with_cluster_problems('estimates') | indent(4) }}

),

computable as (

    select
        {{ (keys + ['arm', 'control_arm', 'method', 'is_ratio'] + columns) | join(', ') }},
        {%- for column in figures %}
        case when cluster_problem is null then {{ column }} end as {{ column }},
        {%- endfor %}
        coalesce(cluster_problem, null_reason) as null_reason
    from judged

),

tested as (

    {{ feedlift.contrast_tests('computable') | indent(4) }}

),

final as (

    select
        experiment_id,
        population,
        aspect,
        arm,
        control_arm,
        method,
        is_ratio,
        unit_count,
        control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        skewness,
        control_skewness,
        cuped_coefficient,
        arm_value,
        control_value,
        estimate,
        arm_variance,
        control_variance,
        unadjusted_variance,
        arm_value_variance,
        control_value_variance,
        covariance_of_values,
        degrees_of_freedom,
        estimate_se,
        estimate_lower,
        estimate_upper,
        p_value,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        is_relative_lift_unbounded,
        confidence_level,
        approximation_quality,
        null_reason
    from tested

)

select * from final
