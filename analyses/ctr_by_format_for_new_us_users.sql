-- CTR by content format for new users in the US. New is who signed up less than `new_user_days` before the impression,
-- not before today. Two CTRs that are not the same: of all impressions together, and of the average user, in which
-- somebody with one impression weighs as much as somebody with a hundred.
with users as (

    select * from {{ ref('stg_feed__users') }}
    where country = 'US'

),

impressions as (

    select
        impressions.user_id,
        coalesce(impressions.item_content_format, 'unknown') as content_format,
        case when impressions.has_click then 1e0 else 0e0 end as clicked
    from {{ ref('int_impressions__ladder') }} as impressions
    inner join users on impressions.user_id = users.user_id
    where
        impressions.is_impression
        and impressions.event_at >= users.signed_up_at
        and impressions.event_at
        < {{ dbt.dateadd('day', feedlift.setting('new_user_days'), 'users.signed_up_at') }}

),

user_totals as (

    select
        user_id,
        content_format,
        count(*) as impression_count,
        sum(clicked) as clicked_count
    from impressions
    group by user_id, content_format

),

final as (

    select
        content_format,
        count(*) as user_count,
        sum(impression_count) as impression_count,
        sum(clicked_count) as clicked_impression_count,
        sum(clicked_count) / sum(impression_count) as ctr_ratio_of_totals,
        avg(clicked_count / impression_count) as ctr_user_mean
    from user_totals
    group by content_format

)

select * from final
order by content_format
