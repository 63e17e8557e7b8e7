with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

units as (

    select * from {{ ref('int_experiments__units') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}
    where is_impression

),

users as (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        units.arm,
        units.phase,
        windows.window_starts_at,
        windows.window_ends_at,
        coalesce(clusters.cluster_id, windows.user_id) as randomised_unit_id
    from windows
    inner join units
        on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    left join clusters
        on windows.experiment_id = clusters.experiment_id and windows.user_id = clusters.user_id

),

-- A user without impressions stays, with none: the user was randomised too.
seen as (

    select
        users.experiment_id,
        users.population,
        users.arm,
        users.phase,
        users.randomised_unit_id,
        impressions.item_creator_id,
        impressions.item_id
    from users
    left join impressions
        on
            users.user_id = impressions.user_id
            and users.window_starts_at <= impressions.event_at
            and users.window_ends_at > impressions.event_at

),

final as (

    {%- for entity_type, column in feedlift.concentration_entities().items() %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        population,
        '{{ entity_type }}' as entity_type,
        arm,
        phase,
        randomised_unit_id,
        {{ column }} as entity_id
    from seen
    {%- endfor %}

)

select * from final
