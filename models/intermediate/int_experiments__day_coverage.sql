with designs as (

    select * from {{ ref('int_experiments__designs') }}

),

user_days as (

    select * from {{ ref('int_user_days__measures') }}

),

data_through as (

    select data_through_date from {{ ref('int_feed__data_through') }}

),

active_days as (

    select
        activity_date,
        count(*) as active_user_count
    from user_days
    group by activity_date

),

usual as (

    select {{ feedlift.interpolated_quantile('active_user_count', '5e-1') }} as active_user_count from active_days

),

-- A day with less than a tenth of the usual users is as good as lost, as it is for the end of the data.
days_with_data as (

    select active_days.activity_date
    from active_days
    cross join usual
    where 10 * active_days.active_user_count >= usual.active_user_count

),

spans as (

    select
        designs.experiment_id,
        cast(designs.starts_at as date) as first_date,
        case
            when designs.ends_at <= cast(data_through.data_through_date as {{ feedlift.data_type('timestamp') }})
                then cast({{ dbt.dateadd('second', -1, 'designs.ends_at') }} as date)
            else data_through.data_through_date
        end as last_date
    from designs
    cross join data_through

),

days_of_experiments as (

    select
        spans.experiment_id,
        spans.first_date,
        spans.last_date,
        days_with_data.activity_date,
        lag(days_with_data.activity_date) over (
            partition by spans.experiment_id order by days_with_data.activity_date
        ) as previous_date
    from spans
    left join days_with_data on days_with_data.activity_date between spans.first_date and spans.last_date

),

-- The first day of a gap: the experiment's own, or the one after a day that no day follows directly.
gaps as (

    select
        *,
        case
            when previous_date is null and activity_date > first_date then first_date
            when
                activity_date > cast({{ dbt.dateadd('day', 1, 'previous_date') }} as date)
                then cast({{ dbt.dateadd('day', 1, 'previous_date') }} as date)
        end as gap_starts_on
    from days_of_experiments

),

-- Weekdays by their distance from the first day, which means the same in every warehouse.
weekdays as (

    select
        experiment_id,
        mod({{ dbt.datediff('first_date', 'activity_date', 'day') }}, 7) as days_into_week,
        count(*) as day_with_data_count
    from gaps
    where activity_date is not null
    group by experiment_id, mod({{ dbt.datediff('first_date', 'activity_date', 'day') }}, 7)

),

fullest_weekdays as (

    select
        experiment_id,
        max(day_with_data_count) as day_with_data_count
    from weekdays
    group by experiment_id

),

coverages as (

    select
        experiment_id,
        first_date,
        case
            when last_date >= first_date
                then
                    {{ dbt.datediff('first_date', 'last_date', 'day') }}
                    + 1
            else 0
        end as day_count,
        count(activity_date) as day_with_data_count,
        min(gap_starts_on) as first_gap_date,
        max(activity_date) as last_date_with_data
    from gaps
    group by experiment_id, first_date, last_date

),

final as (

    select
        coverages.experiment_id,
        coverages.day_count,
        coverages.day_with_data_count,
        case
            when coverages.day_with_data_count < coverages.day_count
                then
                    coalesce(
                        coverages.first_gap_date,
                        cast({{ dbt.dateadd('day', 1, 'coverages.last_date_with_data') }} as date),
                        coverages.first_date
                    )
        end as first_day_without_data,
        coalesce(7 * fullest_weekdays.day_with_data_count - coverages.day_with_data_count, 0)
            as day_to_whole_weeks_count
    from coverages
    left join fullest_weekdays on coverages.experiment_id = fullest_weekdays.experiment_id

)

select * from final
