with events as (

    select user_id, item_id, event_at, 'shown' as step from impressions
    union all
    select user_id, item_id, event_at, engagement_type as step from engagements

),

shown as (

    select *, min(event_at) filter (where step = 'shown') over (partition by user_id, item_id) as shown_at
    from events

),

clicked as (

    select
        *,
        min(event_at) filter (where step = 'click' and event_at >= shown_at) over (
            partition by user_id, item_id
        ) as clicked_at
    from shown

),

pairs as (

    select
        user_id,
        item_id,
        max(clicked_at) as clicked_at,
        max(event_at) filter (where step = 'save' and event_at >= clicked_at) as saved_at
    from clicked
    where shown_at is not null
    group by user_id, item_id

)

select
    content_format,
    count(*) as shown_pairs,
    count(clicked_at) as clicked_pairs,
    count(saved_at) as saved_pairs,
    count(saved_at) / count(*) as conversion_rate
from pairs
join items using (item_id)
group by content_format
