{%- set double = feedlift.data_type('double') -%}
{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
{%- set rungs = ['ranked', 'rendered', 'in_viewport', 'engaged', 'valued'] -%}
{%- set sums = [] -%}
{%- set user_counts = [] -%}
{%- for rung in rungs -%}
{%- set count = rung ~ '_count' -%}
{%- do sums.append('sum(' ~ count ~ ') as ' ~ count) -%}
{%- do user_counts.append(
    'case when count(' ~ count ~ ') > 0 then count(case when ' ~ count ~ ' > 0 then 1 end) end as ' ~ rung ~ '_users'
) -%}
{%- endfor -%}
{%- set cell = ['experiment_id', 'population', 'surface', 'module'] -%}
{%- set keys = cell + ['metric'] -%}
{%- set pair_keys = ['experiment_id', 'arm', 'control_arm'] -%}
{%- set estimated = feedlift.estimate_columns() -%}
{%- set figures = [
    'estimate', 'estimate_se', 'degrees_of_freedom', 'estimate_lower', 'estimate_upper', 'p_value',
] -%}
{%- set metrics = {
    'exposed': {'numerator': 'exposed_count', 'denominator': 'user_count'},
    'ranked': {'numerator': 'ranked_count', 'denominator': 'user_count'},
    'rendered': {'numerator': 'rendered_count', 'denominator': 'ranked_count'},
    'in_viewport': {'numerator': 'in_viewport_count', 'denominator': 'coalesce(rendered_count, ranked_count)'},
    'engaged': {
        'numerator': 'engaged_count', 'denominator': 'coalesce(in_viewport_count, rendered_count, ranked_count)',
    },
    'valued': {'numerator': 'valued_count', 'denominator': 'engaged_count'},
} -%}
with rung_units as (

    select * from {{ ref('int_experiments__rung_units') }}

),

arrival_estimates as (

    select
        {{ (pair_keys + estimated) | join(', ') }}
    from {{ ref('int_experiments__arrival_estimates') }}

),

eligible_users as (

    select * from {{ ref('int_experiments__eligible_users') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

unit_sums as (

    select
        {{ cell | join(', ') }},
        arm,
        is_control,
        phase,
        randomised_unit_id,
        count(*) as user_count,
        -- The exposed are a share of everybody assigned, not of themselves.
        sum(case when population = 'assigned' and surface = 'all' then exposed_count end) as exposed_count,
        {{ sums | join(',\n        ') }}
    from rung_units
    group by {{ cell | join(', ') }}, arm, is_control, phase, randomised_unit_id

),

moments as (

    {{ feedlift.unit_moments(
        'unit_sums',
        group_by=cell + ['arm', 'is_control', 'phase'],
        metrics=metrics,
        center_by=cell,
    ) | indent(4) }}

),

rate_estimates as (

    {{ feedlift.arm_estimates(
        'moments',
        keys=keys,
        is_control='is_control',
        stratum="cast(phase as " ~ text ~ ")",
    ) | indent(4) }}

),

estimates as (

    select {{ (keys + ['arm', 'control_arm'] + estimated) | join(', ') }}
    from rate_estimates
    where control_arm is not null

    union all

    select
        experiment_id,
        'assigned' as population,
        'all' as surface,
        'all' as module,
        'assigned' as metric,
        arm,
        control_arm,
        {{ estimated | join(', ') }}
    from arrival_estimates

),

contrasts as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

),

arm_counts as (

    select
        {{ cell | join(', ') }},
        arm,
        count(*) as assigned_users,
        sum(exposed_count) as exposed_users,
        {{ (sums + user_counts) | join(',\n        ') }}
    from rung_units
    group by {{ cell | join(', ') }}, arm

),

eligible_counts as (

    select
        experiment_id,
        count(*) as eligible_users
    from eligible_users
    group by experiment_id

),

pairs as (

    select
        arms.experiment_id,
        arms.arm,
        controls.arm as control_arm,
        arms.randomisation_unit
    from arms
    inner join arms as controls on arms.experiment_id = controls.experiment_id
    where controls.is_control and not arms.is_control

),

cells as (

    select distinct {{ cell | join(', ') }}
    from rung_units

),

-- Who is eligible, assigned and exposed, a user is on no surface.
rungs as (
    {%- for rung in ['eligible', 'assigned', 'exposed'] + rungs %}

    select
        {{ cell | join(', ') }},
        '{{ rung }}' as rung,
        {{ loop.index }} as rung_number
    from cells
    {%- if rung == 'exposed' %}
    where surface = 'all' and population = 'exposed'
    {%- elif loop.index < 3 %}
    where surface = 'all' and population = 'assigned'
    {%- endif %}
    {{- '\n\n    union all' if not loop.last }}
    {%- endfor %}

),

judged_pairs as (

    {{ feedlift._with_cluster_problems('pairs') | indent(4) }}

),

ladder as (

    select
        {{ feedlift._key_columns(cell, 'rungs') }},
        rungs.rung,
        rungs.rung_number,
        judged_pairs.arm,
        judged_pairs.control_arm,
        judged_pairs.randomisation_unit,
        judged_pairs.cluster_problem,
        eligible_counts.eligible_users,
        {%- for side in ['arm', 'control'] %}
        {%- set counted = side ~ '_counts' %}
        case rungs.rung
            when 'eligible' then eligible_counts.eligible_users
            {%- for rung in ['assigned', 'exposed'] + rungs %}
            when '{{ rung }}' then {{ counted }}.{{ rung }}_users
            {%- endfor %}
        end as {{ side }}_users,
        case rungs.rung
            {%- for rung in rungs %}
            when '{{ rung }}' then {{ counted }}.{{ rung }}_count
            {%- endfor %}
        end as {{ side }}_events,
        {%- endfor %}
        case
            when rungs.rung in ('assigned', 'exposed', 'ranked', 'rendered', 'valued')
                then case rungs.rung
                    when 'assigned' then 'eligible'
                    when 'exposed' then 'assigned'
                    when 'ranked' then rungs.population
                    when 'rendered' then 'ranked'
                    else 'engaged'
                end
            when rungs.rung = 'engaged' and arm_counts.in_viewport_count is not null then 'in_viewport'
            when rungs.rung <> 'eligible'
                then case when arm_counts.rendered_count is not null then 'rendered' else 'ranked' end
        end as previous_rung,
        rungs.surface <> 'all'
        and (arm_counts.ranked_count = 0 or control_counts.ranked_count = 0) as is_in_one_arm
    from rungs
    inner join judged_pairs on rungs.experiment_id = judged_pairs.experiment_id
    left join eligible_counts on rungs.experiment_id = eligible_counts.experiment_id
    left join arm_counts
        on
            {{ feedlift._keys_match(cell, 'rungs', 'arm_counts') }}
            and judged_pairs.arm = arm_counts.arm
    left join arm_counts as control_counts
        on
            {{ feedlift._keys_match(cell, 'rungs', 'control_counts') }}
            and judged_pairs.control_arm = control_counts.arm

),

judged as (

    select
        {{ feedlift._key_columns(cell, 'ladder') }},
        ladder.rung,
        ladder.rung_number,
        ladder.previous_rung,
        ladder.arm,
        ladder.control_arm,
        ladder.arm_users,
        ladder.control_users,
        ladder.arm_events,
        ladder.control_events,
        contrasts.arm_value,
        contrasts.control_value,
        {%- for figure in figures %}
        contrasts.{{ figure }},
        {%- endfor %}
        coalesce(contrasts.approximation_quality, 'unknown') as approximation_quality,
        ladder.cluster_problem,
        case
            when ladder.rung = 'eligible' and ladder.eligible_users is not null then 'first_rung'
            when ladder.rung in ('eligible', 'assigned') and ladder.eligible_users is null then 'not_logged'
            when ladder.rung = 'assigned' and ladder.randomisation_unit <> 'user' then 'not_randomised_by_user'
            when contrasts.experiment_id is null then 'no_users'
            when ladder.is_in_one_arm then 'not_in_both_arms'
            else contrasts.null_reason
        end as null_reason
    from ladder
    left join contrasts
        on
            ladder.experiment_id = contrasts.experiment_id
            and ladder.population
            = case when contrasts.metric = 'exposed' then 'exposed' else contrasts.population end
            and ladder.surface = contrasts.surface
            and ladder.module = contrasts.module
            and ladder.rung = contrasts.metric
            and ladder.arm = contrasts.arm
            and ladder.control_arm = contrasts.control_arm
            -- Of the exposed alone, everybody is exposed.
            and (contrasts.metric <> 'exposed' or contrasts.population = 'assigned')

),

shown as (

    select
        {{ cell | join(', ') }},
        rung,
        rung_number,
        previous_rung,
        arm,
        control_arm,
        cast(arm_users as {{ integer }}) as user_count,
        cast(control_users as {{ integer }}) as control_user_count,
        cast(arm_events as {{ integer }}) as event_count,
        cast(control_events as {{ integer }}) as control_event_count,
        case when cluster_problem is null then arm_value end as rate_from_previous,
        case when cluster_problem is null then control_value end as control_rate_from_previous,
        {%- for figure in figures %}
        case
            when cluster_problem is null and coalesce(null_reason, '') <> 'not_in_both_arms' then {{ figure }}
        end as {{ figure }},
        {%- endfor %}
        cast({{ feedlift.setting('confidence_level') }} as {{ double }}) as confidence_level,
        case when coalesce(cluster_problem, null_reason) is null then approximation_quality else 'unknown' end
            as approximation_quality,
        experiment_id || ', ' || population || ': rates of the exposure ladder' as test_family,
        coalesce(cluster_problem, null_reason) as null_reason
    from judged

),

adjusted as (

    {{ feedlift.adjusted_p_values('shown', ['test_family']) | indent(4) }}

),

final as (

    select
        {{ cell | join(', ') }},
        rung,
        cast(rung_number as {{ integer }}) as rung_number,
        previous_rung,
        arm,
        control_arm,
        user_count,
        control_user_count,
        event_count,
        control_event_count,
        rate_from_previous,
        control_rate_from_previous,
        {{ figures | join(', ') }},
        confidence_level,
        approximation_quality,
        test_family,
        cast(family_size as {{ integer }}) as family_size,
        p_value_holm,
        null_reason
    from adjusted

)

select * from final
