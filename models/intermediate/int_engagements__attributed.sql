with engagements as (

    select * from {{ ref('stg_feed__engagements') }}

),

impressions as (

    select * from {{ ref('stg_feed__impressions') }}

),

items as (

    select * from {{ ref('stg_feed__items') }}

),

-- The client's own word is taken whatever the clocks say, as long as it is about the same user and item.
attributed_by_id as (

    select
        engagements.event_id,
        impressions.event_id as attributed_impression_event_id,
        'impression_id' as attribution_method
    from engagements
    inner join impressions
        on
            engagements.impression_event_id = impressions.event_id
            and engagements.user_id = impressions.user_id
            and engagements.item_id = impressions.item_id

),

-- Event ids are unique among accepted impressions, so the order below is total.
earlier_impressions as (

    select
        engagements.event_id,
        impressions.event_id as attributed_impression_event_id,
        row_number() over (
            partition by engagements.event_id
            order by impressions.event_at desc, impressions.event_id desc
        ) as recency_rank
    from engagements
    inner join impressions
        on
            engagements.user_id = impressions.user_id
            and engagements.item_id = impressions.item_id
            and engagements.event_at >= impressions.event_at
            and impressions.event_at
            >= {{ dbt.dateadd('minute', -1 * feedlift.setting('attribution_window_minutes'), 'engagements.event_at') }}
    where engagements.event_id not in (select attributed_by_id.event_id from attributed_by_id)

),

attributed as (

    select
        event_id,
        attributed_impression_event_id,
        attribution_method
    from attributed_by_id

    union all

    select
        event_id,
        attributed_impression_event_id,
        'latest_earlier_impression' as attribution_method
    from earlier_impressions
    where recency_rank = 1

),

-- What a click led to: the first of the satisfying engagements of the same user with the same item.
followed_clicks as (

    select
        clicks.event_id,
        min(later_engagements.event_at) as first_followed_at
    from engagements as clicks
    inner join engagements as later_engagements
        on
            clicks.user_id = later_engagements.user_id
            and clicks.item_id = later_engagements.item_id
            and clicks.event_at <= later_engagements.event_at
            and later_engagements.event_at
            <= {{ dbt.dateadd('minute', feedlift.setting('attribution_window_minutes'), 'clicks.event_at') }}
    where
        clicks.engagement_type = 'click'
        and later_engagements.{{ feedlift.is_engagement_of('satisfying_engagement_types') }}
    group by clicks.event_id

),

final as (

    select
        engagements.event_id,
        engagements.event_at,
        cast(engagements.event_at as date) as event_date,
        engagements.received_at,
        engagements.user_id,
        engagements.session_id,
        engagements.item_id,
        engagements.surface,
        engagements.engagement_type,
        engagements.dwell_ms,
        engagements.value,
        engagements.impression_event_id as claimed_impression_event_id,
        attributed.attributed_impression_event_id,
        coalesce(attributed.attribution_method, 'unattributed') as attribution_method,
        impressions.surface as impression_surface,
        impressions.module_id as impression_module_id,
        impressions.position as impression_position,
        items.content_format as item_content_format,
        items.is_shoppable as item_is_shoppable,
        items.is_ad as item_is_ad,
        engagements.engagement_type = 'click'
        and engagements.dwell_ms >= {{ (feedlift.setting('long_click_seconds') * 1000) | int }} as is_long_click,
        engagements.engagement_type = 'click'
        and engagements.dwell_ms < {{ (feedlift.setting('bounce_seconds') * 1000) | int }} as is_bounce,
        case
            when engagements.engagement_type = 'click'
                then case
                    when engagements.dwell_ms >= {{ (feedlift.setting('long_click_seconds') * 1000) | int }}
                        then engagements.event_at
                    else followed_clicks.first_followed_at
                end
        end as satisfied_at
    from engagements
    left join attributed on engagements.event_id = attributed.event_id
    left join followed_clicks on engagements.event_id = followed_clicks.event_id
    left join impressions on attributed.attributed_impression_event_id = impressions.event_id
    left join items on engagements.item_id = items.item_id

)

select * from final
