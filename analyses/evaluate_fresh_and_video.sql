-- How do fresh items and videos do in the feed as it is? Freshness is the age of the item at the impression, never its
-- age today, by which everything becomes stale. Description and not effect: what is shown where is no coin toss, so
-- compare at the first position, too, before blaming the content. Whoever was in a treatment arm is in here as well;
-- the last rows are the experiment on videos, where it was a coin toss.
with impressions as (

    select
        user_id,
        case
            when is_fresh then 'fresh'
            when is_fresh is null then 'unknown'
            else 'evergreen'
        end as freshness,
        case
            when item_content_format = 'video' then 'video'
            when item_content_format is null then 'unknown'
            else 'other formats'
        end as video_or_other,
        case when has_click then 1e0 else 0e0 end as clicked,
        visible_ms / 1e3 as visible_seconds,
        case when position = 1 then 1 else 0 end as is_first
    from {{ ref('int_impressions__ladder') }}
    where is_impression

),

user_totals as (

    select
        user_id,
        freshness,
        video_or_other,
        count(*) as impression_count,
        sum(clicked) as clicked_count,
        sum(visible_seconds) as visible_seconds,
        sum(is_first) as first_count,
        sum(is_first * clicked) as first_clicked_count
    from impressions
    group by user_id, freshness, video_or_other

),

content as (

    select
        freshness,
        video_or_other,
        count(*) as user_count,
        sum(impression_count) as impression_count,
        sum(impression_count) / sum(sum(impression_count)) over () as impression_share,
        sum(clicked_count) / sum(impression_count) as ctr_ratio_of_totals,
        avg(clicked_count / impression_count) as ctr_user_mean,
        sum(first_clicked_count) / nullif(sum(first_count), 0) as ctr_at_first_position,
        sum(visible_seconds) / sum(impression_count) as visible_seconds_per_impression
    from user_totals
    group by freshness, video_or_other

),

experiment as (

    select
        arm,
        metric,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        p_value_holm
    from {{ ref('experiment_results') }}
    where
        experiment_id = 'video_autoplay'
        and population = 'assigned'
        and segment = 'all'
        and method = 'cuped'
        and metric in ('video_completes_per_user', 'hide_rate', 'saves_per_user', 'ctr')

),

final as (

    select
        'content as it is shown' as question,
        freshness || ', ' || video_or_other as what,
        user_count,
        impression_count,
        impression_share,
        ctr_ratio_of_totals,
        ctr_user_mean,
        ctr_at_first_position,
        visible_seconds_per_impression,
        cast(null as {{ feedlift.data_type('double') }}) as relative_lift,
        cast(null as {{ feedlift.data_type('double') }}) as relative_lift_lower,
        cast(null as {{ feedlift.data_type('double') }}) as relative_lift_upper,
        cast(null as {{ feedlift.data_type('double') }}) as p_value_holm
    from content
    union all
    select
        'videos that start by themselves, ' || arm as question,
        metric as what,
        null as user_count,
        null as impression_count,
        null as impression_share,
        null as ctr_ratio_of_totals,
        null as ctr_user_mean,
        null as ctr_at_first_position,
        null as visible_seconds_per_impression,
        relative_lift,
        relative_lift_lower,
        relative_lift_upper,
        p_value_holm
    from experiment

)

select * from final
order by question, what
