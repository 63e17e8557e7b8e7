{%- set counts = ['ranked_count', 'rendered_count', 'in_viewport_count', 'engaged_count', 'valued_count'] -%}
{%- set sums = [] -%}
{%- for count in counts -%}
{%- do sums.append('sum(' ~ count ~ ') as ' ~ count) -%}
{%- endfor -%}
{%- set types = feedlift.setting('logged_engagement_types') | map('lower') | list -%}
{%- set valued_types = feedlift.setting('valued_engagement_types') | map('lower') | list -%}
{%- set known_types = valued_types | select('in', types) | list if types else valued_types -%}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

rungs as (

    select * from {{ ref('int_experiments__rungs') }}

),

-- Without any of the types that make value, long clicks alone do.
logged as (

    select
        count(case when raw_table = 'raw_impressions' and column_name = 'rendered_at' then 1 end) = 1
            as is_rendering_logged,
        count(
            case when raw_table = 'raw_impressions' and column_name in ('viewport_fraction', 'visible_ms') then 1 end
        ) = 2 as is_viewport_logged,
        {%- if known_types %}
        true as is_value_logged
        {%- elif types and 'click' not in types %}
        false as is_value_logged
        {%- else %}
        count(case when raw_table = 'raw_engagements' and column_name = 'dwell_ms' then 1 end) = 1 as is_value_logged
        {%- endif %}
    from {{ ref('stg_feed__logged_columns') }}

),

-- A surface without modules would be told, and tested, twice.
surfaces_with_modules as (

    select
        experiment_id,
        population,
        surface
    from rungs
    group by experiment_id, population, surface
    having max(case when module <> 'none' then 1 else 0 end) = 1

),

cells as (

    select distinct
        experiment_id,
        window_name as population,
        'all' as surface,
        'all' as module
    from windows

    union all

    select distinct
        experiment_id,
        population,
        surface,
        'all' as module
    from rungs

    union all

    select distinct
        rungs.experiment_id,
        rungs.population,
        rungs.surface,
        rungs.module
    from rungs
    inner join surfaces_with_modules
        on
            rungs.experiment_id = surfaces_with_modules.experiment_id
            and rungs.population = surfaces_with_modules.population
            and rungs.surface = surfaces_with_modules.surface

),

rolled_up as (

    select
        experiment_id,
        population,
        user_id,
        case when grouping(surface) = 1 then 'all' else surface end as surface,
        case when grouping(module) = 1 then 'all' else module end as module,
        {{ sums | join(',\n        ') }}
    from rungs
    group by
        grouping sets (
            (experiment_id, population, user_id),
            (experiment_id, population, user_id, surface),
            (experiment_id, population, user_id, surface, module)
        )

),

users as (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        units.arm,
        arms.is_control,
        units.phase,
        coalesce(clusters.cluster_id, units.user_id) as randomised_unit_id,
        case when exposed_windows.user_id is not null then 1 else 0 end as exposed_count
    from windows
    inner join units on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    left join clusters
        on windows.experiment_id = clusters.experiment_id and windows.user_id = clusters.user_id
    left join windows as exposed_windows
        on
            windows.experiment_id = exposed_windows.experiment_id
            and windows.user_id = exposed_windows.user_id
            and exposed_windows.window_name = 'exposed'

),

-- Everybody is in every cell, as zeros where they saw nothing of it: who comes to see a module is up to the treatment.
final as (

    select
        users.experiment_id,
        users.population,
        cells.surface,
        cells.module,
        users.user_id,
        users.arm,
        users.is_control,
        users.phase,
        users.randomised_unit_id,
        users.exposed_count,
        coalesce(rolled_up.ranked_count, 0) as ranked_count,
        case when logged.is_rendering_logged then coalesce(rolled_up.rendered_count, 0) end as rendered_count,
        case when logged.is_viewport_logged then coalesce(rolled_up.in_viewport_count, 0) end as in_viewport_count,
        coalesce(rolled_up.engaged_count, 0) as engaged_count,
        case when logged.is_value_logged then coalesce(rolled_up.valued_count, 0) end as valued_count
    from users
    inner join cells on users.experiment_id = cells.experiment_id and users.population = cells.population
    left join rolled_up
        on
            users.experiment_id = rolled_up.experiment_id
            and users.population = rolled_up.population
            and users.user_id = rolled_up.user_id
            and cells.surface = rolled_up.surface
            and cells.module = rolled_up.module
    cross join logged

)

select * from final
