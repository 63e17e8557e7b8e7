{%- set lateness_minutes = (60 * feedlift.setting('lateness_hours')) | int -%}
{%- set timestamp = feedlift.data_type('timestamp') -%}
with user_days as (

    select * from {{ ref('int_user_days__measures') }}

),

impressions as (

    select * from {{ ref('stg_feed__impressions') }}

),

engagements as (

    select * from {{ ref('stg_feed__engagements') }}

),

days as (

    select
        activity_date,
        count(*) as active_user_count,
        max(last_event_at) as last_event_at
    from user_days
    group by activity_date

),

usual as (

    select {{ feedlift.interpolated_quantile('active_user_count', '5e-1') }} as active_user_count from days

),

receipts as (

    select max(received_at) as received_at from impressions

    union all

    select max(received_at) as received_at from engagements

),

latest_receipts as (

    select max(received_at) as received_at from receipts

),

-- By the data, never by the clock: an old log read today has not become any more complete. By the latest event of all,
-- one wrong clock would make everybody look as if they had left.
last_days as (

    select
        max(days.last_event_at) as data_through_at,
        max(days.activity_date) as data_through_date
    from days
    cross join usual
    where 10 * days.active_user_count >= usual.active_user_count

),

-- The latest receipt tells when the log was read at the earliest. A log that was cut at the full hour has no row there,
-- so that the hour of the receipt counts as passed.
completed as (

    select
        last_days.data_through_at,
        last_days.data_through_date,
        cast({{ dbt.dateadd('day', 1, 'last_days.data_through_date') }} as {{ timestamp }}) as last_day_ends_at,
        cast(
            {{ dbt.dateadd('minute', 60 - lateness_minutes, dbt.date_trunc('hour', 'latest_receipts.received_at')) }}
            as {{ timestamp }}
        ) as arrived_through_at
    from last_days
    cross join latest_receipts

),

-- No later than the last day, or one wrong receipt would end every experiment.
final as (

    select
        data_through_at,
        data_through_date,
        case
            when arrived_through_at > last_day_ends_at then last_day_ends_at else arrived_through_at
        end as complete_through_at
    from completed

)

select * from final
