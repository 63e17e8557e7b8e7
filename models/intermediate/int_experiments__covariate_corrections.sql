{#- An impression of the covariate window that was engaged with only after assignment counts as it stood at assignment:
    the engagement is already the treatment's doing. Few impressions straddle it, so the sums of days and events are
    taken as they are and corrected here by the difference. -#}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name = 'covariate'

),

engaged_impressions as (

    select * from {{ ref('int_impressions__ladder') }}
    where has_engagement

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

as_it_became as (

    select
        engaged_impressions.*,
        windows.experiment_id,
        windows.window_ends_at
    from windows
    inner join engaged_impressions on windows.user_id = engaged_impressions.user_id
    where
        engaged_impressions.event_at >= windows.window_starts_at
        and engaged_impressions.event_at < windows.window_ends_at
        and (
            engaged_impressions.first_engagement_at >= windows.window_ends_at
            or engaged_impressions.first_click_at >= windows.window_ends_at
        )

),

as_it_stood as (

    select
        experiment_id,
        event_id,
        event_at,
        event_date,
        received_at,
        user_id,
        session_id,
        request_id,
        surface,
        module_id,
        item_id,
        position,
        rendered_at,
        viewport_fraction,
        visible_ms,
        platform,
        app_version,
        latency_ms,
        score,
        propensity,
        item_content_format,
        item_is_shoppable,
        item_is_ad,
        item_creator_id,
        is_fresh,
        is_rendered,
        meets_viewability_threshold,
        first_engagement_at < window_ends_at as has_engagement,
        coalesce(first_click_at < window_ends_at, false) as has_click,
        {{ feedlift.is_impression('first_engagement_at < window_ends_at', 'viewport') }} as is_viewport_impression,
        {{ feedlift.is_impression('first_engagement_at < window_ends_at') }} as is_impression
    from as_it_became

),

measured_as_it_became as (

    select
        as_it_became.experiment_id,
        as_it_became.user_id,
        {{ feedlift.measured_events('impressions') }}
    from as_it_became
    cross join logged

),

measured_as_it_stood as (

    select
        as_it_stood.experiment_id,
        as_it_stood.user_id,
        {{ feedlift.measured_events('impressions') }}
    from as_it_stood
    cross join logged

),

final as (

    select
        experiment_id,
        user_id,
        'covariate' as window_name,
        {{ feedlift.each_measure('{measure}') }}
    from measured_as_it_stood

    union all

    select
        experiment_id,
        user_id,
        'covariate' as window_name,
        {{ feedlift.each_measure('-{measure} as {measure}') }}
    from measured_as_it_became

)

select * from final
