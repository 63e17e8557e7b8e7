with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

last_complete as (

    select
        {{ dbt.dateadd('minute', (-60 * feedlift.setting('lateness_hours')) | int, 'data_through_at') }}
            as complete_until
    from {{ ref('int_feed__data_through') }}

),

followed as (

    select
        windows.experiment_id,
        windows.user_id,
        windows.window_name as population,
        units.arm,
        arms.is_control,
        units.phase,
        windows.window_starts_at,
        windows.window_ends_at,
        last_complete.complete_until,
        {{ dbt.dateadd('hour', 24 * (feedlift.setting('novelty_days') | int + 1), 'windows.window_starts_at') }}
            as last_day_ends_at
    from windows
    inner join units on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join arms on units.experiment_id = arms.experiment_id and units.arm = arms.arm
    cross join last_complete

),

-- By the calendar, never by what the user did: those who come back late are others than those who come at once, and
-- the treatment may choose who they are.
final as (

    select
        experiment_id,
        user_id,
        population,
        arm,
        is_control,
        phase,
        window_starts_at,
        last_day_ends_at,
        last_day_ends_at <= window_ends_at and last_day_ends_at <= complete_until as is_in_cohort
    from followed

)

select * from final
