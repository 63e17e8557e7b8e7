with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

reached as (

    select
        user_id,
        event_at,
        has_engagement,
        has_valued_engagement,
        is_viewport_impression,
        coalesce(surface, 'unknown') as surface,
        coalesce(module_id, 'none') as module,
        {{ feedlift.is_impression('has_engagement', 'rendered') }} as is_rendered_impression
    from impressions

),

final as (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        reached.surface,
        reached.module,
        count(*) as ranked_count,
        count(case when reached.is_rendered_impression then 1 end) as rendered_count,
        count(case when reached.is_viewport_impression then 1 end) as in_viewport_count,
        count(case when reached.has_engagement then 1 end) as engaged_count,
        count(case when reached.has_valued_engagement then 1 end) as valued_count
    from windows
    inner join reached
        on
            windows.user_id = reached.user_id
            and windows.window_starts_at <= reached.event_at
            and windows.window_ends_at > reached.event_at
    group by windows.experiment_id, windows.window_name, windows.user_id, reached.surface, reached.module

)

select * from final
