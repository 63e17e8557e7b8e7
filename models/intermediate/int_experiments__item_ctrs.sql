with windows as (

    select * from {{ ref('int_experiments__windows') }}
    where window_name in ('assigned', 'exposed')

),

units as (

    select * from {{ ref('int_experiments__units') }}

),

impressions as (

    select * from {{ ref('int_impressions__ladder') }}

),

measured_impressions as (

    select
        user_id,
        item_id,
        event_at,
        {{ feedlift.measured_strata('impressions') }}
    from impressions

),

final as (

    select
        windows.experiment_id,
        windows.window_name as population,
        units.arm,
        units.phase,
        measured_impressions.item_id,
        sum(measured_impressions.impressions) as impressions,
        sum(measured_impressions.clicked_impressions) as clicked_impressions
    from windows
    inner join units
        on windows.experiment_id = units.experiment_id and windows.user_id = units.user_id
    inner join measured_impressions
        on
            windows.user_id = measured_impressions.user_id
            and windows.window_starts_at <= measured_impressions.event_at
            and windows.window_ends_at > measured_impressions.event_at
    group by windows.experiment_id, windows.window_name, units.arm, units.phase, measured_impressions.item_id
    having sum(measured_impressions.impressions) > 0

)

select * from final
