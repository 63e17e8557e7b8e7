with items as (

    select * from {{ ref('stg_feed__items') }}

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('int_engagements__attributed') }}

),

logged as (

    select * from {{ ref('int_measures__logged') }}

),

impressions_by_item as (

    select
        item_id,
        count(case when is_impression then 1 end) as impression_count,
        count(case when is_impression and has_click then 1 end) as clicked_impression_count,
        min(case when is_impression then event_at end) as first_impression_at,
        max(case when is_impression then event_at end) as last_impression_at
    from impressions
    group by item_id

),

engagements_by_item as (

    select
        item_id,
        count(case when engagement_type = 'click' then 1 end) as click_count,
        count(case when engagement_type = 'save' then 1 end) as save_count,
        count(case when engagement_type = 'hide' then 1 end) as hide_count,
        count(case when engagement_type = 'report' then 1 end) as report_count
    from engagements
    group by item_id

),

-- Items that appear in events but not in the item table are rows too: their attributes are unknown, not their clicks.
item_ids as (

    select item_id from items
    union
    select item_id from impressions_by_item
    union
    select item_id from engagements_by_item

),

final as (

    select
        item_ids.item_id,
        items.item_id is not null as is_in_item_table,
        items.created_at,
        items.creator_id,
        items.content_format,
        items.topic,
        items.is_shoppable,
        items.is_ad,
        impressions_by_item.first_impression_at,
        impressions_by_item.last_impression_at,
        case when logged.is_impressions_logged then coalesce(impressions_by_item.impression_count, 0) end
            as impression_count,
        case
            when logged.is_clicked_impressions_logged
                then coalesce(impressions_by_item.clicked_impression_count, 0)
        end as clicked_impression_count,
        case when logged.is_clicks_logged then coalesce(engagements_by_item.click_count, 0) end as click_count,
        case when logged.is_saves_logged then coalesce(engagements_by_item.save_count, 0) end as save_count,
        case when logged.is_hides_logged then coalesce(engagements_by_item.hide_count, 0) end as hide_count,
        case when logged.is_reports_logged then coalesce(engagements_by_item.report_count, 0) end as report_count,
        case
            when logged.is_clicked_impressions_logged
                then
                    cast(impressions_by_item.clicked_impression_count as {{ feedlift.data_type('double') }})
                    / nullif(impressions_by_item.impression_count, 0)
        end as item_ctr
    from item_ids
    left join items on item_ids.item_id = items.item_id
    left join impressions_by_item on item_ids.item_id = impressions_by_item.item_id
    left join engagements_by_item on item_ids.item_id = engagements_by_item.item_id
    cross join logged

)

select * from final
