with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

user_days as (

    select * from {{ ref('int_user_days__measures') }}

),

feed_days as (

    select distinct activity_date
    from user_days

),

entry_days as (

    select distinct
        experiment_id,
        cast(window_starts_at as date) as look_date
    from windows

),

spans as (

    select
        experiment_id,
        cast(min(window_starts_at) as date) as first_date,
        max(window_ends_at) as ends_at
    from windows
    group by experiment_id

),

-- On a day without any event or new user nothing can change. Taking the days from the log and not from a calendar, a
-- stray event of years later adds one look and not a thousand.
final as (

    select
        spans.experiment_id,
        feed_days.activity_date as look_date
    from spans
    inner join feed_days
        on
            spans.first_date <= feed_days.activity_date
            and spans.ends_at > cast(feed_days.activity_date as {{ feedlift.data_type('timestamp') }})

    union

    select
        experiment_id,
        look_date
    from entry_days

)

select * from final
