{%- set keys = ['experiment_id', 'population', 'arm', 'surface', 'module'] -%}
with ladder as (

    select * from {{ ref('experiment_exposure_ladder') }}

),

unit_measures as (

    select * from {{ ref('int_experiments__unit_measures') }}

),

-- Both sides of every row; eligible users have no arm, and an eligibility log need not be whole.
counts as (

    select
        experiment_id,
        population,
        arm,
        arm as counted_arm,
        surface,
        module,
        rung,
        rung_number,
        user_count,
        event_count
    from ladder
    where rung <> 'eligible'

    union all

    select
        experiment_id,
        population,
        arm,
        control_arm as counted_arm,
        surface,
        module,
        rung,
        rung_number,
        control_user_count as user_count,
        control_event_count as event_count
    from ladder
    where rung <> 'eligible'

),

grown as (

    select
        'a rung is larger than the one before' as problem,
        above.experiment_id,
        above.population,
        above.arm,
        above.counted_arm,
        above.surface,
        above.module,
        above.rung
    from counts as above
    inner join counts as below
        on
            {{ feedlift._keys_match(keys + ['counted_arm'], 'above', 'below') }}
            and above.rung_number > below.rung_number
    where
        above.user_count > below.user_count
        or above.event_count > below.event_count
        or above.event_count < above.user_count

),

modules as (

    select
        experiment_id,
        population,
        arm,
        counted_arm,
        surface,
        rung,
        sum(event_count) as event_count
    from counts
    where module <> 'all'
    group by experiment_id, population, arm, counted_arm, surface, rung

),

surfaces as (

    select
        experiment_id,
        population,
        arm,
        counted_arm,
        rung,
        sum(event_count) as event_count
    from counts
    where surface <> 'all' and module = 'all'
    group by experiment_id, population, arm, counted_arm, rung

),

parts as (

    select
        'modules do not add up to the surface' as problem,
        counts.experiment_id,
        counts.population,
        counts.arm,
        counts.counted_arm,
        counts.surface,
        counts.module,
        counts.rung
    from counts
    inner join modules
        on {{ feedlift._keys_match(keys[:4] + ['counted_arm', 'rung'], 'counts', 'modules') }}
    where counts.module = 'all' and modules.event_count <> counts.event_count

    union all

    select
        'surfaces do not add up to everything' as problem,
        counts.experiment_id,
        counts.population,
        counts.arm,
        counts.counted_arm,
        counts.surface,
        counts.module,
        counts.rung
    from counts
    inner join surfaces
        on {{ feedlift._keys_match(keys[:3] + ['counted_arm', 'rung'], 'counts', 'surfaces') }}
    where counts.surface = 'all' and surfaces.event_count <> counts.event_count

),

totals as (

    select
        experiment_id,
        population,
        arm as counted_arm,
        count(*) as user_count,
        sum(logged_impressions) as ranked,
        sum(rendered_impressions) as rendered,
        sum(viewport_impressions) as in_viewport
    from unit_measures
    group by experiment_id, population, arm

),

others as (

    select
        'the counts are not those of the results' as problem,
        counts.experiment_id,
        counts.population,
        counts.arm,
        counts.counted_arm,
        counts.surface,
        counts.module,
        counts.rung
    from counts
    inner join totals
        on {{ feedlift._keys_match(['experiment_id', 'population', 'counted_arm'], 'counts', 'totals') }}
    where
        counts.surface = 'all'
        and (
            (counts.rung = counts.population and counts.user_count <> totals.user_count)
            or (counts.rung = 'ranked' and counts.event_count <> totals.ranked)
            or (counts.rung = 'rendered' and counts.event_count <> totals.rendered)
            or (counts.rung = 'in_viewport' and counts.event_count <> totals.in_viewport)
        )

),

final as (

    select * from grown
    union all
    select * from parts
    union all
    select * from others

)

select * from final
