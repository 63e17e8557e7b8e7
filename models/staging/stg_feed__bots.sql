{{ config(materialized='table') }}
{#- Only what no treatment can have changed may make a user a bot: what the client declares itself to be, and how fast
    it went before it was first assigned to anything. A rule on later behaviour would drop users from the arm that
    makes people busier. -#}
with impressions as (

    select
        {{ feedlift.parse_value('event_id', 'text') }} as event_id,
        {{ feedlift.parse_value('user_id', 'text') }} as user_id,
        {{ feedlift.parse_value('event_at', 'timestamp') }} as event_at,
        {{ feedlift.parse_value('platform', 'label') }} as platform
    from {{ ref('base_feed__impressions') }}

),

assignments as (

    select
        {{ feedlift.parse_value('user_id', 'text') }} as user_id,
        {{ feedlift.parse_value('assigned_at', 'timestamp') }} as assigned_at
    from {{ ref('base_feed__assignments') }}

),

first_assignments as (

    select
        user_id,
        min(assigned_at) as first_assigned_at
    from assignments
    group by user_id

),

-- Retries repeat an event_id, so distinct ids are counted: a poor connection is no bot.
impressions_per_hour as (

    select
        impressions.user_id,
        {{ dbt.date_trunc('hour', 'impressions.event_at') }} as clock_hour,
        count(distinct impressions.event_id) as impression_count
    from impressions
    left join first_assignments on impressions.user_id = first_assignments.user_id
    where
        -- Times that cannot be read would meet in an hour of their own.
        impressions.event_at is not null
        and (
            first_assignments.first_assigned_at is null
            or impressions.event_at < first_assignments.first_assigned_at
        )
    group by impressions.user_id, {{ dbt.date_trunc('hour', 'impressions.event_at') }}

),

bots as (

    select
        user_id,
        'impression_rate' as reason
    from impressions_per_hour
    where
        impression_count >= {{ feedlift.setting('bot_impressions_per_hour') }}
        and user_id is not null

    union all

    select
        user_id,
        'declared_platform' as reason
    from impressions
    where
        platform in ({{ feedlift.literals(feedlift.setting('bot_platforms')) }})
        and user_id is not null

),

final as (

    select
        user_id,
        min(reason) as reason
    from bots
    group by user_id

)

select * from final
