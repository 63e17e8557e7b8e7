with impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

engagements as (

    select * from {{ ref('stg_feed__engagements') }}

),

user_days as (

    select * from {{ ref('user_days') }}

),

items as (

    select * from {{ ref('items') }}

),

impression_totals as (

    select
        count(case when is_impression then 1 end) as impression_count,
        count(case when is_impression and has_click then 1 end) as clicked_impression_count
    from impressions

),

engagement_totals as (

    select
        count(case when engagement_type = 'click' then 1 end) as click_count,
        count(case when engagement_type = 'save' then 1 end) as save_count,
        count(case when engagement_type = 'hide' then 1 end) as hide_count,
        count(case when engagement_type = 'report' then 1 end) as report_count,
        sum(case when engagement_type = 'purchase' then value end) as revenue
    from engagements

),

user_day_totals as (

    select
        sum(impression_count) as impression_count,
        sum(clicked_impression_count) as clicked_impression_count,
        sum(click_count) as click_count,
        sum(save_count) as save_count,
        sum(hide_count) as hide_count,
        sum(report_count) as report_count,
        sum(revenue) as revenue
    from user_days

),

item_totals as (

    select
        sum(impression_count) as impression_count,
        sum(clicked_impression_count) as clicked_impression_count,
        sum(click_count) as click_count,
        sum(save_count) as save_count,
        sum(hide_count) as hide_count,
        sum(report_count) as report_count
    from items

),

final as (

    select
        'user_days' as mart,
        impression_totals.impression_count as logged_impression_count,
        user_day_totals.impression_count,
        impression_totals.clicked_impression_count as logged_clicked_impression_count,
        user_day_totals.clicked_impression_count,
        engagement_totals.click_count as logged_click_count,
        user_day_totals.click_count,
        engagement_totals.save_count as logged_save_count,
        user_day_totals.save_count,
        engagement_totals.hide_count as logged_hide_count,
        user_day_totals.hide_count,
        engagement_totals.report_count as logged_report_count,
        user_day_totals.report_count,
        engagement_totals.revenue as logged_revenue,
        user_day_totals.revenue
    from impression_totals
    cross join engagement_totals
    cross join user_day_totals

    union all

    select
        'items' as mart,
        impression_totals.impression_count as logged_impression_count,
        item_totals.impression_count,
        impression_totals.clicked_impression_count as logged_clicked_impression_count,
        item_totals.clicked_impression_count,
        engagement_totals.click_count as logged_click_count,
        item_totals.click_count,
        engagement_totals.save_count as logged_save_count,
        item_totals.save_count,
        engagement_totals.hide_count as logged_hide_count,
        item_totals.hide_count,
        engagement_totals.report_count as logged_report_count,
        item_totals.report_count,
        engagement_totals.revenue as logged_revenue,
        engagement_totals.revenue
    from impression_totals
    cross join engagement_totals
    cross join item_totals

)

-- What is not logged is null in the marts, and compares as unknown.
select *
from final
where
    impression_count <> logged_impression_count
    or clicked_impression_count <> logged_clicked_impression_count
    or click_count <> logged_click_count
    or save_count <> logged_save_count
    or hide_count <> logged_hide_count
    or report_count <> logged_report_count
    or revenue <> logged_revenue
