{#- What was before assignment and changed only after it counts in the covariate window as it stood at assignment: the
    change is already the treatment's doing. Little straddles it, so the sums of days and events are taken as they are
    and corrected here: once with the sign 1 as it stood, once with the sign -1 as it became. -#}
with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name = 'covariate'

),

engaged_impressions as (

    select * from {{ ref('int_impressions__ladder') }}
    where has_engagement

),

impressions_in_sessions as (

    select * from {{ ref('int_impressions__ladder') }}
    where session_id is not null

),

satisfied_clicks as (

    select * from {{ ref('int_engagements__attributed') }}
    where satisfied_at > event_at

),

engagements_in_sessions as (

    select * from {{ ref('int_engagements__attributed') }}
    where session_id is not null

),

sessions as (

    select * from {{ ref('int_feed__sessions') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

both_states as (

    select 1 as sign
    union all
    select -1 as sign

),

straddling_impressions as (

    select
        windows.experiment_id,
        windows.window_ends_at,
        both_states.sign,
        engaged_impressions.event_id,
        engaged_impressions.event_at,
        engaged_impressions.event_date,
        engaged_impressions.received_at,
        engaged_impressions.user_id,
        engaged_impressions.session_id,
        engaged_impressions.request_id,
        engaged_impressions.surface,
        engaged_impressions.module_id,
        engaged_impressions.item_id,
        engaged_impressions.position,
        engaged_impressions.rendered_at,
        engaged_impressions.viewport_fraction,
        engaged_impressions.visible_ms,
        engaged_impressions.platform,
        engaged_impressions.app_version,
        engaged_impressions.latency_ms,
        engaged_impressions.score,
        engaged_impressions.propensity,
        engaged_impressions.item_content_format,
        engaged_impressions.item_is_shoppable,
        engaged_impressions.item_is_ad,
        engaged_impressions.item_creator_id,
        engaged_impressions.is_fresh,
        engaged_impressions.is_rendered,
        engaged_impressions.meets_viewability_threshold,
        both_states.sign = -1 or engaged_impressions.first_engagement_at < windows.window_ends_at as has_engagement,
        engaged_impressions.has_click
        and (both_states.sign = -1 or engaged_impressions.first_click_at < windows.window_ends_at) as has_click,
        engaged_impressions.has_satisfied_click
        and (both_states.sign = -1 or engaged_impressions.first_satisfied_at < windows.window_ends_at)
            as has_satisfied_click
    from windows
    inner join engaged_impressions on windows.user_id = engaged_impressions.user_id
    cross join both_states
    where
        engaged_impressions.event_at >= windows.window_starts_at
        and engaged_impressions.event_at < windows.window_ends_at
        and (
            engaged_impressions.first_engagement_at >= windows.window_ends_at
            or engaged_impressions.first_click_at >= windows.window_ends_at
            or engaged_impressions.first_satisfied_at >= windows.window_ends_at
        )

),

judged_impressions as (

    select
        *,
        {{ feedlift.is_impression('has_engagement', 'viewport') }} as is_viewport_impression,
        {{ feedlift.is_impression('has_engagement') }} as is_impression
    from straddling_impressions

),

measured_impressions as (

    select
        judged_impressions.experiment_id,
        judged_impressions.user_id,
        judged_impressions.sign,
        {{ feedlift.measured_events('impressions') }}
    from judged_impressions
    cross join logged

),

straddling_clicks as (

    select
        windows.experiment_id,
        both_states.sign,
        satisfied_clicks.event_id,
        satisfied_clicks.event_at,
        satisfied_clicks.event_date,
        satisfied_clicks.received_at,
        satisfied_clicks.user_id,
        satisfied_clicks.session_id,
        satisfied_clicks.item_id,
        satisfied_clicks.surface,
        satisfied_clicks.engagement_type,
        satisfied_clicks.dwell_ms,
        satisfied_clicks.value,
        satisfied_clicks.claimed_impression_event_id,
        satisfied_clicks.attributed_impression_event_id,
        satisfied_clicks.attribution_method,
        satisfied_clicks.impression_surface,
        satisfied_clicks.impression_module_id,
        satisfied_clicks.impression_position,
        satisfied_clicks.item_content_format,
        satisfied_clicks.item_is_shoppable,
        satisfied_clicks.item_is_ad,
        satisfied_clicks.is_long_click,
        satisfied_clicks.is_bounce,
        case when both_states.sign = -1 then satisfied_clicks.satisfied_at end as satisfied_at
    from windows
    inner join satisfied_clicks on windows.user_id = satisfied_clicks.user_id
    cross join both_states
    where
        satisfied_clicks.event_at >= windows.window_starts_at
        and satisfied_clicks.event_at < windows.window_ends_at
        and satisfied_clicks.satisfied_at >= windows.window_ends_at

),

measured_clicks as (

    select
        straddling_clicks.experiment_id,
        straddling_clicks.user_id,
        straddling_clicks.sign,
        {{ feedlift.measured_events('engagements') }}
    from straddling_clicks
    cross join logged

),

straddling_sessions as (

    select
        windows.experiment_id,
        windows.window_ends_at,
        sessions.user_id,
        sessions.session_id,
        sessions.started_at,
        sessions.started_date,
        sessions.ended_at,
        sessions.settled_at,
        sessions.session_seconds,
        sessions.first_impression_at,
        sessions.surface,
        sessions.impression_count,
        sessions.engagement_count,
        sessions.shopping_engagement_count,
        sessions.previous_session_ended_at,
        sessions.is_return_visit,
        sessions.is_engaged,
        sessions.is_shopping_engaged,
        sessions.is_early_exit
    from windows
    inner join sessions on windows.user_id = sessions.user_id
    where
        sessions.started_at >= windows.window_starts_at
        and sessions.started_at < windows.window_ends_at
        and sessions.settled_at >= windows.window_ends_at

),

impressions_so_far as (

    select
        straddling_sessions.experiment_id,
        straddling_sessions.user_id,
        straddling_sessions.session_id,
        impressions_in_sessions.event_at,
        impressions_in_sessions.is_rendered,
        impressions_in_sessions.meets_viewability_threshold,
        coalesce(impressions_in_sessions.first_engagement_at < straddling_sessions.window_ends_at, false)
            as has_engagement
    from straddling_sessions
    inner join impressions_in_sessions
        on
            straddling_sessions.user_id = impressions_in_sessions.user_id
            and straddling_sessions.session_id = impressions_in_sessions.session_id
    where impressions_in_sessions.event_at < straddling_sessions.window_ends_at

),

session_events_so_far as (

    select
        experiment_id,
        user_id,
        session_id,
        event_at,
        {{ feedlift.is_impression('has_engagement') }} as is_impression,
        cast(null as {{ feedlift.data_type('text') }}) as engagement_type
    from impressions_so_far

    union all

    select
        straddling_sessions.experiment_id,
        straddling_sessions.user_id,
        straddling_sessions.session_id,
        engagements_in_sessions.event_at,
        cast(null as boolean) as is_impression,
        engagements_in_sessions.engagement_type
    from straddling_sessions
    inner join engagements_in_sessions
        on
            straddling_sessions.user_id = engagements_in_sessions.user_id
            and straddling_sessions.session_id = engagements_in_sessions.session_id
    where engagements_in_sessions.event_at < straddling_sessions.window_ends_at

),

sessions_so_far as (

    {{ feedlift.sessions('session_events_so_far', ['experiment_id', 'user_id', 'session_id']) | indent(4) }}

),

-- How a session starts is known when it does: surface and return are the same in both states.
sessions_in_both_states as (

    select
        *,
        -1 as sign
    from straddling_sessions

    union all

    select
        straddling_sessions.experiment_id,
        straddling_sessions.window_ends_at,
        straddling_sessions.user_id,
        straddling_sessions.session_id,
        straddling_sessions.started_at,
        straddling_sessions.started_date,
        sessions_so_far.ended_at,
        straddling_sessions.settled_at,
        sessions_so_far.session_seconds,
        sessions_so_far.first_impression_at,
        case when sessions_so_far.first_impression_at is not null then straddling_sessions.surface end as surface,
        sessions_so_far.impression_count,
        sessions_so_far.engagement_count,
        sessions_so_far.shopping_engagement_count,
        case
            when straddling_sessions.previous_session_ended_at < straddling_sessions.window_ends_at
                then straddling_sessions.previous_session_ended_at
        end as previous_session_ended_at,
        straddling_sessions.is_return_visit,
        sessions_so_far.is_engaged,
        sessions_so_far.is_shopping_engaged,
        sessions_so_far.is_early_exit,
        1 as sign
    from straddling_sessions
    inner join sessions_so_far
        on
            straddling_sessions.experiment_id = sessions_so_far.experiment_id
            and straddling_sessions.user_id = sessions_so_far.user_id
            and straddling_sessions.session_id = sessions_so_far.session_id

),

measured_sessions as (

    select
        sessions_in_both_states.experiment_id,
        sessions_in_both_states.user_id,
        sessions_in_both_states.sign,
        {{ feedlift.measured_events('sessions') }}
    from sessions_in_both_states
    cross join logged

),

measured as (

    select * from measured_impressions
    union all
    select * from measured_clicks
    union all
    select * from measured_sessions

),

final as (

    select
        experiment_id,
        user_id,
        'covariate' as window_name,
        {{ feedlift.each_measure('sign * {measure} as {measure}') }}
    from measured

)

select * from final
