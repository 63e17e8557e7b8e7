with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

measured_impressions as (

    select
        user_id,
        session_id,
        event_at,
        {{ feedlift.measured_strata('impressions') }}
    from impressions
    where session_id is not null

),

-- Of a session that began before the window, the part in it.
sessions as (

    select
        windows.experiment_id,
        windows.window_name as population,
        windows.user_id,
        measured_impressions.session_id,
        sum(measured_impressions.impressions) as impressions,
        sum(measured_impressions.clicked_impressions) as clicked_impressions
    from windows
    inner join measured_impressions
        on
            windows.user_id = measured_impressions.user_id
            and windows.window_starts_at <= measured_impressions.event_at
            and windows.window_ends_at > measured_impressions.event_at
    group by windows.experiment_id, windows.window_name, windows.user_id, measured_impressions.session_id

),

final as (

    select
        experiment_id,
        population,
        user_id,
        count(*) as session_count,
        sum(cast(clicked_impressions as {{ feedlift.data_type('double') }}) / impressions) as session_ctr_total
    from sessions
    where impressions > 0
    group by experiment_id, population, user_id

)

select * from final
