-- Is the ad load right? What an ad as the first impression of a session brings in ad clicks, and what it costs in
-- organic clicks, hides and impressions afterwards, all over the whole session. Only the first impression is compared,
-- because every session has one: the ads of a whole session grow with its length, and a count among the first four
-- would leave out the sessions that an ad has ended. One session per user, the first, so that users are independent.
-- `break_even_value`: how many organic clicks an ad click must be worth for the ad to pay. Nobody was randomised to a
-- load: it is causal only as far as ads were placed without regard to the user; where that is not so, randomise the
-- load.
with ordered_impressions as (

    select
        user_id,
        session_id,
        event_id,
        item_is_ad,
        has_click,
        min(event_at) over (partition by user_id, session_id) as session_started_at,
        row_number() over (partition by user_id, session_id order by event_at, event_id) as place
    from {{ ref('int_impressions__ladder') }}
    where is_impression and session_id is not null and item_is_ad is not null

),

hides as (

    select
        user_id,
        session_id,
        count(*) as hide_count
    from {{ ref('int_engagements__attributed') }}
    where engagement_type = 'hide'
    group by user_id, session_id

),

sessions as (

    select
        user_id,
        session_id,
        min(session_started_at) as session_started_at,
        count(*) - 1 as later_impressions,
        max(case when place = 1 and item_is_ad then 1 else 0 end) as starts_with_ad,
        sum(case when item_is_ad and has_click then 1 else 0 end) as ad_clicks,
        sum(case when not item_is_ad and has_click then 1 else 0 end) as organic_clicks
    from ordered_impressions
    group by user_id, session_id

),

first_sessions as (

    select
        sessions.*,
        coalesce(hides.hide_count, 0) as hides,
        row_number() over (
            partition by sessions.user_id order by sessions.session_started_at, sessions.session_id
        ) as session_rank
    from sessions
    left join hides on sessions.user_id = hides.user_id and sessions.session_id = hides.session_id

),

users as (

    select
        user_id,
        ad_clicks,
        organic_clicks,
        hides,
        later_impressions,
        case when starts_with_ad = 1 then 'ad first' else 'no ad first' end as ad_load
    from first_sessions
    where session_rank = 1

),

compared as (

    {{ feedlift.compare_arms('users', arm='ad_load', control='no ad first', metrics={
        'ad_clicks': {'numerator': 'ad_clicks'},
        'organic_clicks': {'numerator': 'organic_clicks'},
        'hides': {'numerator': 'hides'},
        'later_impressions': {'numerator': 'later_impressions'},
    }) | indent(4) }}

),

gains as (

    select
        arm,
        estimate as ad_clicks_gained
    from compared
    where metric = 'ad_clicks'

),

final as (

    select
        compared.arm as ad_load,
        compared.metric,
        compared.unit_count,
        compared.control_unit_count,
        compared.arm_value,
        compared.control_value,
        compared.estimate,
        compared.estimate_lower,
        compared.estimate_upper,
        compared.p_value,
        case
            when compared.metric = 'organic_clicks' and gains.ad_clicks_gained > 0
                then -compared.estimate / gains.ad_clicks_gained
        end as break_even_value,
        case
            when compared.metric = 'organic_clicks' and gains.ad_clicks_gained > 0
                then -compared.estimate_lower / gains.ad_clicks_gained
        end as break_even_value_at_worst
    from compared
    inner join gains on compared.arm = gains.arm

)

select * from final
order by ad_load, metric
