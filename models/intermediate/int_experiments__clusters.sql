{%- set text = feedlift.data_type('text') -%}
with experiments as (

    select * from {{ ref('stg_experiments__experiments') }}
    where randomisation_unit <> 'user'

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

users as (

    select * from {{ ref('stg_feed__users') }}

),

clustered_users as (

    select
        units.experiment_id,
        units.user_id,
        units.arm,
        units.phase,
        units.assigned_at,
        experiments.randomisation_unit,
        case experiments.randomisation_unit
            {%- for unit, column in feedlift.randomisation_units().items() if unit != 'user' %}
            when '{{ unit }}' then cast(users.{{ column }} as {{ text }})
            {%- endfor %}
        end as cluster_id
    from units
    inner join experiments on units.experiment_id = experiments.experiment_id
    left join users on units.user_id = users.user_id

),

-- What two arms share is no unit of randomisation: both arms move with it, and no variance between clusters knows.
final as (

    select
        *,
        case
            when cluster_id is null then 'unknown_cluster'
            when
                min(arm) over (partition by experiment_id, cluster_id)
                <> max(arm) over (partition by experiment_id, cluster_id)
                then 'cluster_in_several_arms'
        end as cluster_problem
    from clustered_users

)

select * from final
