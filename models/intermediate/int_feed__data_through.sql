with user_days as (

    select * from {{ ref('int_user_days__measures') }}

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

-- By the data, never by the clock: an old log read today has not become any more complete. By the latest event of all,
-- one wrong clock would make everybody look as if they had left.
final as (

    select
        max(days.last_event_at) as data_through_at,
        max(days.activity_date) as data_through_date
    from days
    cross join usual
    where 10 * days.active_user_count >= usual.active_user_count

)

select * from final
