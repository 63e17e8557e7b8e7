{#-
  Clicks per user as the product of impressions per user, CTR and clicks per clicked impression, and their difference
  split among the three. The part of a factor is its difference times the product of the others, averaged over the orders
  in which the factors can be changed one after the other (Shapley 1953): parts add up exactly.
-#}
{%- set double = feedlift.data_type('double') -%}
{%- set keys = ['experiment_id', 'population', 'pair_arm', 'component'] -%}
{%- set cell = ['experiment_id', 'population', 'arm', 'is_control', 'phase'] -%}
{%- set factors = {
    'volume': 'impressions / user_count', 'rate': 'clicked_impressions / impressions',
    'repetition': 'clicks / clicked_impressions', 'total': 'clicks / user_count',
} -%}
{%- set parts = ['volume', 'rate', 'repetition'] -%}
{%- set sums = ['user_count', 'impressions', 'clicked_impressions', 'clicks'] -%}
with unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

units as (

    select
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        arms.is_control,
        unit_measures.phase,
        coalesce(clusters.cluster_id, unit_measures.user_id) as randomised_unit_id,
        cast(count(*) as {{ double }}) as user_count,
        cast(sum(unit_measures.impressions) as {{ double }}) as impressions,
        cast(sum(unit_measures.clicked_impressions) as {{ double }}) as clicked_impressions,
        cast(sum(unit_measures.clicks) as {{ double }}) as clicks
    from unit_measures
    inner join arms
        on unit_measures.experiment_id = arms.experiment_id and unit_measures.arm = arms.arm
    left join clusters
        on unit_measures.experiment_id = clusters.experiment_id and unit_measures.user_id = clusters.user_id
    group by
        unit_measures.experiment_id,
        unit_measures.population,
        unit_measures.arm,
        arms.is_control,
        unit_measures.phase,
        coalesce(clusters.cluster_id, unit_measures.user_id)

),

phases as (

    select
        {{ cell | join(', ') }},
        cast(count(*) as {{ double }}) as unit_count,
        avg(user_count) as user_count,
        avg(impressions) as impressions,
        avg(clicked_impressions) as clicked_impressions,
        avg(clicks) as clicks
    from units
    group by {{ cell | join(', ') }}

),

-- Of a ramp the phases that both arms have, weighted by the users of both, as in arm_estimates.
sides as (

    select
        phases.*,
        partners.arm as partner,
        case when phases.is_control then partners.arm else phases.arm end as pair_arm,
        phases.unit_count + partners.unit_count as pair_unit_count
    from phases
    inner join phases as partners
        on
            phases.experiment_id = partners.experiment_id
            and phases.population = partners.population
            and phases.phase = partners.phase
            and phases.is_control <> partners.is_control

),

means as (

    select
        experiment_id,
        population,
        pair_arm,
        is_control,
        sum(pair_unit_count * user_count) / sum(pair_unit_count) as user_count,
        sum(pair_unit_count * impressions) / sum(pair_unit_count) as impressions,
        sum(pair_unit_count * clicked_impressions) / sum(pair_unit_count) as clicked_impressions,
        sum(pair_unit_count * clicks) / sum(pair_unit_count) as clicks
    from sides
    group by experiment_id, population, pair_arm, is_control

),

own_and_other as (

    select
        own.experiment_id,
        own.population,
        own.pair_arm,
        own.is_control,
        {%- for side in ['own', 'other'] %}
        {%- for column in sums %}
        {{ side }}.{{ column }} as {{ side }}_{{ column }},
        {%- endfor %}
        {%- for factor, ratio in factors.items() %}
        {%- set numerator, denominator = ratio.split(' / ') %}
        {{ side }}.{{ numerator }} / nullif({{ side }}.{{ denominator }}, 0) as {{ side }}_{{ factor }},
        {%- endfor %}
        {%- endfor %}
        case when own.is_control then -1e0 else 1e0 end as direction
    from means as own
    inner join means as other
        on
            own.experiment_id = other.experiment_id
            and own.population = other.population
            and own.pair_arm = other.pair_arm
            and own.is_control <> other.is_control

),

-- What one unit adds to each factor of its arm, to first order.
influences as (

    select
        sides.experiment_id,
        sides.population,
        sides.pair_arm,
        units.arm,
        units.is_control,
        units.phase,
        own_and_other.direction,
        {%- for factor, ratio in factors.items() %}
        {%- set numerator, denominator = ratio.split(' / ') %}
        own_and_other.own_{{ factor }},
        own_and_other.other_{{ factor }},
        (units.{{ numerator }} - own_and_other.own_{{ factor }} * units.{{ denominator }})
        / nullif(own_and_other.own_{{ denominator }}, 0) as to_{{ factor }},
        {%- endfor %}
        units.impressions is not null
        and units.clicked_impressions is not null
        and units.clicks is not null as is_logged
    from sides
    inner join units
        on
            sides.experiment_id = units.experiment_id
            and sides.population = units.population
            and sides.arm = units.arm
            and sides.phase = units.phase
    inner join own_and_other
        on
            sides.experiment_id = own_and_other.experiment_id
            and sides.population = own_and_other.population
            and sides.pair_arm = own_and_other.pair_arm
            and sides.is_control = own_and_other.is_control

),

-- The treatment's influences are moved by the effect, so that the difference of means is the effect, and the variance
-- around it is that of the influences: one test serves all.
effects as (

    {%- for factor in factors %}
    {%- set others = parts | reject('equalto', factor) | list %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        population,
        pair_arm,
        arm,
        is_control,
        phase,
        is_logged,
        '{{ factor }}' as component,
        own_{{ factor }} as own_value,
        {%- if factor == 'total' %}
        direction * to_total + case when is_control then 0e0 else own_total - other_total end as effect
        {%- else %}
        {%- set g, h = others %}
        {%- set product %}(
                2 * (own_{{ g }} * own_{{ h }} + other_{{ g }} * other_{{ h }})
                + own_{{ g }} * other_{{ h }} + other_{{ g }} * own_{{ h }}
            ) / 6
        {%- endset %}
        direction * (
            to_{{ factor }} * {{ product }}
            + (own_{{ factor }} - other_{{ factor }})
            * ((2 * own_{{ h }} + other_{{ h }}) * to_{{ g }} + (2 * own_{{ g }} + other_{{ g }}) * to_{{ h }}) / 6
        )
        + case
            when is_control then 0e0
            else
                (own_{{ factor }} - other_{{ factor }})
                * {{ product }}
        end as effect
        {%- endif %}
    from influences
    {%- endfor %}

),

moments as (

    {{ feedlift.unit_moments(
        'effects',
        group_by=keys + ['arm', 'is_control', 'phase'],
        metrics={'effect': {'numerator': 'effect'}},
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

own_values as (

    select
        {{ keys | join(', ') }},
        count(case when is_logged and not is_control then 1 end) as unit_count,
        count(case when is_logged and is_control then 1 end) as control_unit_count,
        max(case when not is_control then own_value end) as arm_value,
        max(case when is_control then own_value end) as control_value
    from effects
    group by {{ keys | join(', ') }}

),

judged_contrasts as (

    {{ feedlift._with_cluster_problems('contrasts') | indent(4) }}

),

-- A factor whose denominator is zero makes influences unknown as if nothing were logged.
judged as (

    select
        judged_contrasts.*,
        own_values.unit_count as logged_unit_count,
        own_values.control_unit_count as logged_control_unit_count,
        own_values.arm_value as arm_factor,
        own_values.control_value as control_factor,
        case
            when
                judged_contrasts.null_reason = 'not_logged'
                and own_values.unit_count > 0
                and own_values.control_unit_count > 0
                then 'zero_denominator'
            else judged_contrasts.null_reason
        end as reason
    from judged_contrasts
    inner join own_values
        on {{ feedlift._keys_match(keys, 'judged_contrasts', 'own_values') }}

),

final as (

    select
        experiment_id,
        population,
        arm,
        control_arm,
        component,
        logged_unit_count as unit_count,
        logged_control_unit_count as control_unit_count,
        confidence_level,
        approximation_quality,
        case when cluster_problem is null then arm_factor end as arm_value,
        case when cluster_problem is null then control_factor end as control_value,
        {%- for figure in [
            'estimate', 'estimate_se', 'degrees_of_freedom', 'estimate_lower', 'estimate_upper', 'p_value',
        ] %}
        case when cluster_problem is null then {{ figure }} end as {{ figure }},
        {%- endfor %}
        coalesce(cluster_problem, reason) as null_reason
    from judged

)

select * from final
