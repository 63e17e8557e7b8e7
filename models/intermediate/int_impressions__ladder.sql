with impressions as (

    select * from {{ ref('stg_feed__impressions') }}

),

items as (

    select * from {{ ref('stg_feed__items') }}

),

engaged_impressions as (

    select
        attributed_impression_event_id as event_id,
        max(case when engagement_type = 'click' then 1 else 0 end) as click_indicator,
        max(
            case when is_long_click or {{ feedlift.is_engagement_of('valued_engagement_types') }} then 1 else 0 end
        ) as valued_indicator,
        min(event_at) as first_engagement_at,
        min(case when engagement_type = 'click' then event_at end) as first_click_at,
        min(satisfied_at) as first_satisfied_at
    from {{ ref('int_engagements__attributed') }}
    where attributed_impression_event_id is not null
    group by attributed_impression_event_id

),

logged as (

    select
        count(case when column_name = 'rendered_at' then 1 end) > 0 as is_rendering_logged,
        count(case when column_name in ('viewport_fraction', 'visible_ms') then 1 end) = 2 as is_viewport_logged
    from {{ ref('stg_feed__logged_columns') }}
    where raw_table = 'raw_impressions'

),

rungs as (

    select
        impressions.event_id,
        impressions.event_at,
        cast(impressions.event_at as date) as event_date,
        impressions.received_at,
        impressions.user_id,
        impressions.session_id,
        impressions.request_id,
        impressions.surface,
        impressions.module_id,
        impressions.item_id,
        impressions.position,
        impressions.rendered_at,
        impressions.viewport_fraction,
        impressions.visible_ms,
        impressions.platform,
        impressions.app_version,
        impressions.latency_ms,
        impressions.score,
        impressions.propensity,
        items.content_format as item_content_format,
        items.is_shoppable as item_is_shoppable,
        items.is_ad as item_is_ad,
        items.creator_id as item_creator_id,
        -- Age at the time of the impression: against today, every item of an old log would be stale.
        impressions.event_at
        <= {{ dbt.dateadd('hour', feedlift.setting('fresh_item_hours'), 'items.created_at') }} as is_fresh,
        case when logged.is_rendering_logged then impressions.rendered_at is not null end as is_rendered,
        case
            when logged.is_viewport_logged
                then
                    coalesce(
                        (impressions.rendered_at is not null or not logged.is_rendering_logged)
                        and impressions.viewport_fraction
                        >= {{ feedlift.viewability_threshold(
                            'viewport_fraction', 'impressions.surface', 'items.content_format'
                        ) }}
                        and impressions.visible_ms
                        >= {{ feedlift.viewability_threshold(
                            'visible_ms', 'impressions.surface', 'items.content_format'
                        ) }},
                        false
                    )
        end as meets_viewability_threshold,
        engaged_impressions.first_engagement_at,
        engaged_impressions.first_click_at,
        engaged_impressions.first_satisfied_at,
        engaged_impressions.event_id is not null as has_engagement,
        coalesce(engaged_impressions.click_indicator, 0) = 1 as has_click,
        engaged_impressions.first_satisfied_at is not null as has_satisfied_click,
        coalesce(engaged_impressions.valued_indicator, 0) = 1 as has_valued_engagement
    from impressions
    left join items on impressions.item_id = items.item_id
    left join engaged_impressions on impressions.event_id = engaged_impressions.event_id
    cross join logged

),

final as (

    select
        *,
        {{ feedlift.is_impression('has_engagement', 'viewport') }} as is_viewport_impression,
        {{ feedlift.is_impression('has_engagement') }} as is_impression
    from rungs

)

select * from final
