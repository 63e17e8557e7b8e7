with events as (

    select
        event_date,
        {{ feedlift.each_measure('{measure}') }}
    from {{ ref('int_events__measures') }}

),

-- With the sign reversed, so that equal sums leave nothing.
user_days as (

    select
        activity_date as event_date,
        {{ feedlift.each_measure('-{measure} as {measure}') }}
    from {{ ref('int_user_days__measures') }}

),

both_sides as (

    select * from events
    union all
    select * from user_days

),

differences as (

    select
        event_date,
        {{ feedlift.each_measure('coalesce(sum({measure}), 0) as {measure}') }}
    from both_sides
    group by event_date

)

select *
from differences
where greatest(0, {{ feedlift.each_measure('abs({measure})') }}) > 0
