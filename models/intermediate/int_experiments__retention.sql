with windows as (

    select * from {{ ref('int_experiments__windows') }}

),

user_days as (

    select * from {{ ref('int_user_days__measures') }}

),

last_complete as (

    select
        {{ dbt.dateadd('minute', (-60 * feedlift.setting('lateness_hours')) | int, 'data_through_at') }}
            as complete_until
    from {{ ref('int_feed__data_through') }}

),

populations as (

    select
        windows.experiment_id,
        windows.user_id,
        windows.window_name as population,
        windows.window_starts_at,
        covariate_windows.window_ends_at as assigned_at,
        case
            when windows.window_ends_at < last_complete.complete_until then windows.window_ends_at
            else last_complete.complete_until
        end as known_until
    from windows
    inner join windows as covariate_windows
        on
            windows.experiment_id = covariate_windows.experiment_id
            and windows.user_id = covariate_windows.user_id
            and covariate_windows.window_name = 'covariate'
    cross join last_complete
    where windows.window_name <> 'covariate'

),

-- The first part only names the columns, for a project without any retention metric.
days as (

    select
        experiment_id,
        user_id,
        population,
        'none' as measure,
        window_starts_at as day_starts_at,
        window_starts_at as day_ends_at,
        known_until
    from populations
    where 1 = 0
    {%- for measure, hours in feedlift.retention_measures().items() %}

    union all

    select
        experiment_id,
        user_id,
        population,
        '{{ measure }}' as measure,
        {{ dbt.dateadd('hour', hours['first_hour'], hours['counted_from']) }} as day_starts_at,
        {{ dbt.dateadd('hour', hours['first_hour'] + 24, hours['counted_from']) }} as day_ends_at,
        known_until
    from populations
    {%- endfor %}

),

-- 24 hours lie on at most two dates. On the first, an event falls into them exactly when the last event of that date is
-- not before their start; on the second, when its first event is before their end. So no event is read again.
active_days as (

    select distinct
        days.experiment_id,
        days.user_id,
        days.population,
        days.measure
    from days
    inner join user_days
        on
            days.user_id = user_days.user_id
            and cast(days.day_starts_at as date) <= user_days.activity_date
            and cast(days.day_ends_at as date) >= user_days.activity_date
    where user_days.last_event_at >= days.day_starts_at and user_days.first_event_at < days.day_ends_at

),

judged as (

    select
        days.experiment_id,
        days.user_id,
        days.population,
        days.measure,
        case
            when days.day_ends_at <= days.known_until
                then case when active_days.user_id is not null then 1 else 0 end
        end as is_active
    from days
    left join active_days
        on
            days.experiment_id = active_days.experiment_id
            and days.user_id = active_days.user_id
            and days.population = active_days.population
            and days.measure = active_days.measure

),

final as (

    select
        experiment_id,
        user_id,
        population
        {{- feedlift.each_retention_measure("max(case when measure = '{measure}' then is_active end) as {measure}") }}
    from judged
    group by experiment_id, user_id, population

)

select * from final
