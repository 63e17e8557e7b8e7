with stream as (

    select event_id, user_id, item_id, event_at, event_at as shown_at
    from impressions
    union all
    select event_id, user_id, item_id, event_at, null as shown_at
    from engagements
    where engagement_type = 'click'

),

filled as (

    select
        event_id,
        event_at,
        shown_at is null as is_click,
        max(shown_at) over (partition by user_id, item_id order by event_at) as last_shown_at
    from stream

)

select
    event_id as click_event_id,
    event_at as clicked_at,
    case when last_shown_at > event_at - interval 24 hour then last_shown_at end as shown_at
from filled
where is_click
