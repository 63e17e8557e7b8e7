{#-
  How unequally observations (impressions) are spread over entities (creators, items), every arm against control, in
  three measures. What users see is one draw from what the arm would show to everybody, and the less there is of it the
  more concentrated it looks: of a thousand impressions of a thousand equal items, a third of the items gets none. The
  plain coefficients of a small arm and of a large one differ for that alone.

    herfindahl_hirschman_index  how likely two observations of two different units are of one entity. Observations are
                      weighted by 1 / (units of arm and stratum) times the stratum's share W of the pair's units, as in
                      arm_estimates. It is a ratio of two U-statistics, which no volume biases, and uses every unit.
                      Its linearisation (Hoeffding 1948) is twice that of the ratio of totals sum(w p) / sum(w d) with
                      p = sum over entities x (N - w x), d = X (sum(N) - w X): so (2 p - theta d) / d is compared.
    gini, top_share   at equal volume: as many units of each stratum as the arm with fewer has, and as many of their
                      observations as the arm with fewer has, both by draws that a seed fixes (rarefaction, Hurlbert
                      1971). Both are means of scores of observations by the rank of their entity, to which the delta
                      method applies; that ranks are estimated is of second order (Langel and Tille 2013).
-#}
{% macro concentration_estimates(
  relation, unit, entity, keys, is_control, stratum=none, top_share=none, seed=1
) %}
  {%- do feedlift._check_keys('concentration_estimates', keys) -%}
  {%- set top_share = feedlift._top_share('concentration_estimates', top_share) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set integer = feedlift.data_type('integer') -%}
  {%- set arm_keys = keys + ['arm', 'is_control_arm', 'stratum'] -%}
  {%- set pair_keys = keys + ['arm', 'control_arm'] -%}
  {%- set side_keys = pair_keys + ['is_control_arm'] -%}
  {%- set unit_keys = side_keys + ['side_arm', 'stratum', 'unit'] -%}
  {%- set columns = feedlift.estimate_columns() | reject('in', ['is_ratio', 'null_reason']) | list -%}
  {%- set sizes = [
    'entity_count', 'observation_count', 'shown_entity_count', 'control_observation_count',
    'control_shown_entity_count', 'top_entity_count',
  ] -%}
  {%- set measures = ['herfindahl_hirschman_index', 'gini', 'top_share'] -%}
  {%- set moment_keys = keys + ['compared_arm', 'compared_control_arm', 'measure'] -%}
with observations as (

    select
        {{ (keys + ['arm']) | join(', ') }},
        {{ is_control }} as is_control_arm,
        {{ stratum or "'all'" }} as stratum,
        {{ unit }} as unit,
        {{ entity }} as entity
    from {{ relation }}

),

units as (

    select
        {{ (arm_keys + ['unit']) | join(', ') }},
        {{ feedlift.random_start('unit', seed) }} as random_start,
        {{ feedlift.random_step('unit', seed) }} as random_step,
        cast(count(entity) as {{ double }}) as observation_count
    from observations
    group by {{ (arm_keys + ['unit']) | join(', ') }}

),

ranked_units as (

    select
        *,
        row_number() over (partition by {{ arm_keys | join(', ') }} order by random_start, unit) as unit_rank
    from units

),

-- Those of one unit are alike but for their entity, so that any order by entity draws the same.
numbered_observations as (

    select
        *,
        row_number() over (partition by {{ (arm_keys + ['unit']) | join(', ') }} order by entity) as observation_number
    from observations
    where entity is not null

),

universes as (

    select
        {{ feedlift._leading_columns(keys) }}count(distinct entity) as entity_count
    from observations
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),

arm_strata as (

    select
        {{ arm_keys | join(', ') }},
        true as is_ratio,
        cast(count(*) as {{ double }}) as unit_count,
        count(case when observation_count > 0 then 1 end) as nonzero_unit_count
    from units
    group by {{ arm_keys | join(', ') }}

),

uncompared_arms as (

    {{ feedlift._uncompared_arms('arm_strata', keys) | indent(4) }}

),

uncompared_estimates as (

    {{ feedlift._uncompared_estimates(keys, columns) | indent(4) }}

),

{{ feedlift._weighted_pairs('arm_strata', keys) }},

sides as (

    select
        {{ feedlift._key_columns(pair_keys, 'weighted_pairs') }},
        arm_strata.is_control_arm,
        arm_strata.arm as side_arm,
        arm_strata.stratum,
        weighted_pairs.weight / arm_strata.unit_count as unit_weight,
        min(arm_strata.unit_count) over (
            partition by {{ feedlift._key_columns(pair_keys + ['stratum'], 'weighted_pairs') }}
        ) as matched_unit_count
    {{ feedlift._sides_of_pairs('arm_strata', keys) }}

),

side_units as (

    select
        {{ feedlift._key_columns(side_keys + ['side_arm', 'stratum'], 'sides') }},
        sides.unit_weight,
        ranked_units.unit,
        ranked_units.random_start,
        ranked_units.random_step,
        ranked_units.observation_count,
        ranked_units.unit_rank <= sides.matched_unit_count as is_matched
    from sides
    inner join ranked_units
        on
            {{ feedlift._keys_match(keys + ['stratum'], 'sides', 'ranked_units') }}
            and sides.side_arm = ranked_units.arm

),

side_totals as (

    select
        {{ side_keys | join(', ') }},
        sum(unit_weight * observation_count) as weighted_total,
        sum(case when is_matched then observation_count else 0e0 end) as matched_total
    from side_units
    group by {{ side_keys | join(', ') }}

),

side_volumes as (

    select
        *,
        min(matched_total) over (partition by {{ pair_keys | join(', ') }}) / nullif(matched_total, 0) as kept_share
    from side_totals

),

side_observations as (

    select
        {{ feedlift._key_columns(unit_keys, 'side_units') }},
        side_units.unit_weight,
        numbered_observations.entity,
        side_units.is_matched
        and {{ feedlift.random_draw(
            'side_units.random_start', 'side_units.random_step', 'numbered_observations.observation_number'
        ) }} < side_volumes.kept_share * {{ feedlift.random_modulus() }} as is_kept
    from side_units
    inner join side_volumes
        on {{ feedlift._keys_match(side_keys, 'side_units', 'side_volumes') }}
    inner join numbered_observations
        on
            {{ feedlift._keys_match(keys + ['stratum', 'unit'], 'side_units', 'numbered_observations') }}
            and side_units.side_arm = numbered_observations.arm

),

cells as (

    select
        {{ unit_keys | join(', ') }},
        entity,
        unit_weight,
        cast(count(*) as {{ double }}) as observation_count,
        cast(count(case when is_kept then 1 end) as {{ double }}) as kept_count
    from side_observations
    group by {{ unit_keys | join(', ') }}, entity, unit_weight

),

entities as (

    select
        {{ side_keys | join(', ') }},
        entity,
        sum(unit_weight * observation_count) as weighted_count,
        sum(kept_count) as kept_count
    from cells
    group by {{ side_keys | join(', ') }}, entity

),

ranked_entities as (

    select
        {{ feedlift._key_columns(side_keys, 'entities') }},
        entities.entity,
        entities.weighted_count,
        cast(universes.entity_count as {{ double }}) as entity_count,
        rank() over (
            partition by {{ feedlift._key_columns(side_keys, 'entities') }} order by entities.kept_count desc
        ) as rank_from_top,
        count(*) over (
            partition by {{ feedlift._key_columns(side_keys, 'entities') }}, entities.kept_count
        ) as tied_count
    from entities
    {%- if keys %}
    inner join universes
        on {{ feedlift._keys_match(keys, 'entities', 'universes') }}
    {%- else %}
    cross join universes
    {%- endif %}

),

scored_entities as (

    select
        *,
        {{ feedlift._gini_score('rank_from_top', 'tied_count', 'entity_count') }} as gini_score,
        {{ feedlift._top_score('rank_from_top', 'tied_count', 'entity_count', top_share) }} as top_score
    from ranked_entities

),

unit_scores as (

    select
        {{ feedlift._key_columns(unit_keys, 'cells') }},
        sum(cells.kept_count) as kept_count,
        sum(cells.kept_count * scored_entities.gini_score) as gini_sum,
        sum(cells.kept_count * scored_entities.top_score) as top_sum,
        sum(
            cells.observation_count
            * (scored_entities.weighted_count - cells.unit_weight * cells.observation_count)
        ) as pair_sum
    from cells
    inner join scored_entities
        on {{ feedlift._keys_match(side_keys + ['entity'], 'cells', 'scored_entities') }}
    group by {{ feedlift._key_columns(unit_keys, 'cells') }}

),

-- Units without observations stay in, as zeros.
unit_sums as (

    select
        {{ feedlift._key_columns(unit_keys, 'side_units') }},
        side_units.is_matched,
        side_units.unit_weight,
        coalesce(unit_scores.kept_count, 0e0) as kept_count,
        coalesce(unit_scores.gini_sum, 0e0) as gini_sum,
        coalesce(unit_scores.top_sum, 0e0) as top_sum,
        coalesce(unit_scores.pair_sum, 0e0) as pair_sum,
        side_units.observation_count * (
            side_volumes.weighted_total - side_units.unit_weight * side_units.observation_count
        ) as pair_total
    from side_units
    inner join side_volumes
        on {{ feedlift._keys_match(side_keys, 'side_units', 'side_volumes') }}
    left join unit_scores
        on {{ feedlift._keys_match(unit_keys, 'side_units', 'unit_scores') }}

),

indices as (

    select
        {{ side_keys | join(', ') }},
        coalesce(sum(unit_weight * pair_sum) / nullif(sum(unit_weight * pair_total), 0), 0e0) as side_index
    from unit_sums
    group by {{ side_keys | join(', ') }}

),

-- The two that are compared at equal volume have their strata in equal numbers in both arms.
measured_units as (

    select
        {{ feedlift._key_columns(side_keys + ['side_arm', 'stratum'], 'unit_sums') }},
        'herfindahl_hirschman_index' as measure,
        2 * unit_sums.pair_sum - indices.side_index * unit_sums.pair_total as score_sum,
        unit_sums.pair_total as score_count
    from unit_sums
    inner join indices
        on {{ feedlift._keys_match(side_keys, 'unit_sums', 'indices') }}
    {%- for measure, sum in {'gini': 'gini_sum', 'top_share': 'top_sum'}.items() %}

    union all

    select
        {{ (side_keys + ['side_arm']) | join(', ') }},
        'all' as stratum,
        '{{ measure }}' as measure,
        {{ sum }} as score_sum,
        kept_count as score_count
    from unit_sums
    where is_matched
    {%- endfor %}

),

paired_units as (

    select
        {{ feedlift._leading_columns(keys) }}arm as compared_arm,
        control_arm as compared_control_arm,
        measure,
        side_arm as arm,
        is_control_arm,
        stratum as side_stratum,
        score_sum,
        score_count
    from measured_units

),

moments as (

    {{ feedlift.unit_moments(
        'paired_units', moment_keys + ['arm', 'is_control_arm', 'side_stratum'],
        {'concentration': {'numerator': 'score_sum', 'denominator': 'score_count'}}, center_by=moment_keys
    ) | indent(4) }}

),

estimates as (

    {{ feedlift.arm_estimates('moments', moment_keys, 'is_control_arm', 'side_stratum') | indent(4) }}

),

side_sizes as (

    select
        {{ feedlift._key_columns(side_keys, 'side_volumes') }},
        cast(sum(cells.observation_count) as {{ integer }}) as observation_count,
        cast(sum(cells.kept_count) as {{ integer }}) as kept_count,
        count(distinct cells.entity) as shown_entity_count,
        count(distinct case when cells.kept_count > 0 then cells.entity end) as kept_entity_count
    from side_volumes
    left join cells
        on {{ feedlift._keys_match(side_keys, 'side_volumes', 'cells') }}
    group by {{ feedlift._key_columns(side_keys, 'side_volumes') }}

),

pair_sizes as (

    select
        {{ pair_keys | join(', ') }},
        {%- for prefix, condition in {'': 'not is_control_arm', 'control_': 'is_control_arm'}.items() %}
        {%- for column in ['observation_count', 'kept_count', 'shown_entity_count', 'kept_entity_count'] %}
        coalesce(max(case when {{ condition }} then {{ column }} end), 0) as {{ prefix }}{{ column }},
        {%- endfor %}
        {%- endfor %}
        count(*) as side_count
    from side_sizes
    group by {{ pair_keys | join(', ') }}

),

compared as (

    select
        {{ feedlift._key_columns(keys, 'estimates') ~ ',' if keys }}
        estimates.measure,
        estimates.arm,
        estimates.control_arm,
        estimates.method,
        {{ feedlift._key_columns(feedlift.estimate_columns(), 'estimates') }},
        universes.entity_count,
        {%- for prefix in ['', 'control_'] %}
        {%- for kind, kept in {'observation_count': 'kept_count', 'shown_entity_count': 'kept_entity_count'}.items() %}
        case
            when estimates.measure = 'herfindahl_hirschman_index' then pair_sizes.{{ prefix }}{{ kind }}
            else pair_sizes.{{ prefix }}{{ kept }}
        end as {{ prefix }}{{ kind }},
        {%- endfor %}
        {%- endfor %}
        cast(ceil(universes.entity_count * cast({{ top_share }} as {{ double }}) - 1e-9) as {{ integer }})
            as top_entity_count
    from estimates
    inner join pair_sizes
        on
            {%- for key in keys %}
            {{ feedlift.is_same('estimates.' ~ key, 'pair_sizes.' ~ key) }} and
            {%- endfor %}
            estimates.arm = pair_sizes.arm
            and estimates.control_arm = pair_sizes.control_arm
    {%- if keys %}
    inner join universes
        on {{ feedlift._keys_match(keys, 'estimates', 'universes') }}
    {%- else %}
    cross join universes
    {%- endif %}

),

final as (

    select
        {{ (keys + ['measure', 'arm', 'control_arm', 'method', 'is_ratio'] + columns + sizes) | join(', ') }},
        null_reason
    from compared
    {%- for measure in measures %}

    union all

    select
        {{ feedlift._leading_columns(keys) }}'{{ measure }}' as measure,
        arm,
        control_arm,
        method,
        is_ratio,
        {{ columns | join(', ') }},
        {%- for column in sizes %}
        null as {{ column }},
        {%- endfor %}
        null_reason
    from uncompared_estimates
    {%- endfor %}

)

select * from final
{% endmacro %}
