{%- set double = feedlift.data_type('double') -%}
{#- A key called `stratum` would be taken for the stratum that arm_estimates weights by. -#}
{%- set keys = ['experiment_id', 'population', 'grain', 'grain_stratum'] -%}
{%- set kept = ['unit_count', 'control_unit_count'] -%}
{%- set pair_keys = ['experiment_id', 'population', 'arm', 'control_arm'] -%}
{%- set figures = [
    'arm_value', 'control_value', 'estimate', 'estimate_se', 'degrees_of_freedom', 'estimate_lower', 'estimate_upper',
    'p_value', 'relative_lift', 'relative_lift_lower', 'relative_lift_upper',
] -%}
{%- set flags = ['is_relative_lift_unbounded', 'approximation_quality'] -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

stratum_measures as (

    select * from {{ ref('int_experiments__stratum_measures') }}
    where dimension in ('surface', 'module', 'position')

),

session_ctrs as (

    select * from {{ ref('int_experiments__session_ctrs') }}

),

item_ctrs as (

    select * from {{ ref('int_experiments__item_ctrs') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

logged as (

    select count(*) > 0 as is_session_logged
    from {{ ref('stg_feed__logged_columns') }}
    where raw_table = 'raw_impressions' and column_name = 'session_id'

),

users as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.user_id,
        unit_measures.arm,
        arms.is_control,
        unit_measures.phase,
        coalesce(clusters.cluster_id, unit_measures.user_id) as randomised_unit_id,
        unit_measures.impressions,
        unit_measures.clicked_impressions
    from unit_measures
    inner join arms
        on unit_measures.experiment_id = arms.experiment_id and unit_measures.arm = arms.arm
    left join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id

),

strata as (

    select distinct
        experiment_id,
        population,
        dimension,
        stratum
    from stratum_measures
    where impressions > 0

),

-- Every grain is a ratio of two sums over users, so that one variance serves all: a mean over users is the sum of their
-- CTRs over the number of those who have one.
user_sums as (

    select
        users.*,
        'ratio_of_totals' as grain,
        'all' as grain_stratum,
        cast(users.clicked_impressions as {{ double }}) as numerator,
        cast(users.impressions as {{ double }}) as denominator
    from users

    union all

    select
        users.*,
        'user_mean' as grain,
        'all' as grain_stratum,
        case
            when users.impressions > 0 then cast(users.clicked_impressions as {{ double }}) / users.impressions
            when users.impressions = 0 then 0e0
        end as numerator,
        case when users.impressions > 0 then 1e0 when users.impressions = 0 then 0e0 end as denominator
    from users

    union all

    select
        users.*,
        'session_mean' as grain,
        'all' as grain_stratum,
        case
            when logged.is_session_logged and users.clicked_impressions is not null
                then coalesce(session_ctrs.session_ctr_total, 0e0)
        end as numerator,
        case
            when logged.is_session_logged and users.impressions is not null
                then cast(coalesce(session_ctrs.session_count, 0) as {{ double }})
        end as denominator
    from users
    cross join logged
    left join session_ctrs
        on
            users.experiment_id = session_ctrs.experiment_id
            and users.population = session_ctrs.population
            and users.user_id = session_ctrs.user_id

    union all

    select
        users.*,
        strata.dimension as grain,
        strata.stratum as grain_stratum,
        cast(coalesce(stratum_measures.clicked_impressions, 0) as {{ double }}) as numerator,
        cast(coalesce(stratum_measures.impressions, 0) as {{ double }}) as denominator
    from users
    inner join strata
        on users.experiment_id = strata.experiment_id and users.population = strata.population
    left join stratum_measures
        on
            users.experiment_id = stratum_measures.experiment_id
            and users.population = stratum_measures.population
            and users.user_id = stratum_measures.user_id
            and strata.dimension = stratum_measures.dimension
            and strata.stratum = stratum_measures.stratum

),

unit_sums as (

    select
        {{ keys | join(', ') }},
        arm,
        is_control,
        phase,
        randomised_unit_id,
        sum(numerator) as numerator,
        sum(denominator) as denominator
    from user_sums
    group by {{ keys | join(', ') }}, arm, is_control, phase, randomised_unit_id

),

moments as (

    {{ feedlift.unit_moments(
        'unit_sums',
        group_by=keys + ['arm', 'is_control', 'phase'],
        metrics={'ctr': {'numerator': 'numerator', 'denominator': 'denominator'}},
        center_by=keys,
    ) | indent(4) }}

),

contrasts as (

    {{ feedlift.arm_contrasts(
        'moments',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ feedlift.data_type('text') ~ ")",
    ) | indent(4) }}

),

-- The mean over items weights arms by phase as the others do: every item's sums are those of users of the same phases.
phase_weights as (

    select
        {{ feedlift._key_columns(pair_keys, 'contrasts') }},
        moments.phase,
        moments.is_control,
        moments.arm as side_arm,
        cast(moments.unit_count as {{ double }}) as unit_count,
        contrasts.unit_count as arm_unit_count,
        contrasts.control_unit_count
    from contrasts
    inner join moments
        on
            contrasts.experiment_id = moments.experiment_id
            and contrasts.population = moments.population
            and (
                (contrasts.arm = moments.arm and not moments.is_control)
                or (contrasts.control_arm = moments.arm and moments.is_control)
            )
    where
        contrasts.grain = 'ratio_of_totals'
        and moments.grain = 'ratio_of_totals'
        and moments.unit_count > 0

),

shared_phases as (

    select
        {{ (pair_keys + ['phase']) | join(', ') }},
        sum(unit_count) as pair_unit_count
    from phase_weights
    group by {{ (pair_keys + ['phase']) | join(', ') }}
    having count(*) = 2

),

item_sums as (

    select
        {{ feedlift._key_columns(pair_keys + ['is_control'], 'phase_weights') }},
        item_ctrs.item_id,
        sum(shared_phases.pair_unit_count * item_ctrs.clicked_impressions / phase_weights.unit_count)
        / sum(shared_phases.pair_unit_count * item_ctrs.impressions / phase_weights.unit_count) as item_ctr
    from phase_weights
    inner join shared_phases
        on {{ feedlift._keys_match(pair_keys + ['phase'], 'phase_weights', 'shared_phases') }}
    inner join item_ctrs
        on
            phase_weights.experiment_id = item_ctrs.experiment_id
            and phase_weights.population = item_ctrs.population
            and phase_weights.side_arm = item_ctrs.arm
            and phase_weights.phase = item_ctrs.phase
    group by {{ feedlift._key_columns(pair_keys + ['is_control'], 'phase_weights') }}, item_ctrs.item_id

),

item_means as (

    select
        {{ pair_keys | join(', ') }},
        avg(case when not is_control then item_ctr end) as arm_value,
        avg(case when is_control then item_ctr end) as control_value
    from item_sums
    group by {{ pair_keys | join(', ') }}

),

grains as (

    select
        {{ (keys + ['arm', 'control_arm'] + kept + figures + flags) | join(', ') }},
        confidence_level,
        null_reason
    from contrasts

    union all

    select
        contrasts.experiment_id,
        contrasts.population,
        'item_mean' as grain,
        'all' as grain_stratum,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.unit_count,
        contrasts.control_unit_count,
        item_means.arm_value,
        item_means.control_value,
        item_means.arm_value - item_means.control_value as estimate,
        {%- for figure in figures[3:8] %}
        cast(null as {{ double }}) as {{ figure }},
        {%- endfor %}
        case
            when item_means.control_value > 0
                then (item_means.arm_value - item_means.control_value) / item_means.control_value
        end as relative_lift,
        cast(null as {{ double }}) as relative_lift_lower,
        cast(null as {{ double }}) as relative_lift_upper,
        false as is_relative_lift_unbounded,
        'unknown' as approximation_quality,
        contrasts.confidence_level,
        case
            when contrasts.null_reason in ('not_logged', 'zero_denominator') then contrasts.null_reason
            else 'no_standard_error'
        end as null_reason
    from contrasts
    left join item_means
        on {{ feedlift._keys_match(pair_keys, 'contrasts', 'item_means') }}
    where contrasts.grain = 'ratio_of_totals'

),

judged as (

    {{ feedlift._with_cluster_problems('grains') | indent(4) }}

),

final as (

    select
        experiment_id,
        population,
        arm,
        control_arm,
        grain,
        grain_stratum as stratum,
        {{ (kept + flags) | join(', ') }},
        confidence_level,
        {%- for figure in figures %}
        case when cluster_problem is null then {{ figure }} end as {{ figure }},
        {%- endfor %}
        coalesce(cluster_problem, null_reason) as null_reason
    from judged
    where control_arm is not null

)

select * from final
