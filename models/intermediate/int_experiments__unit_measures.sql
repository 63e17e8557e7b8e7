with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

window_measures as (

    select * from {{ ref('int_experiments__window_measures') }}

),

users as (

    select * from {{ ref('stg_feed__users') }}

),

retention as (

    select * from {{ ref('int_experiments__retention') }}

),

outcomes as (

    select * from window_measures
    where window_name in ('assigned', 'exposed')

),

covariates as (

    select * from window_measures
    where window_name = 'covariate'

),

-- Of everybody assigned, so that a user is in the same segment in every population.
medians as (

    select
        covariates.experiment_id,
        {{ feedlift.interpolated_quantile('covariates.impressions', '5e-1') }} as median_impressions_before
    from covariates
    where covariates.impressions > 0
    group by covariates.experiment_id

),

joined as (

    select
        outcomes.experiment_id,
        outcomes.window_name as population,
        outcomes.user_id,
        units.arm,
        units.phase,
        units.assigned_at,
        outcomes.window_starts_at as outcome_starts_at,
        outcomes.window_ends_at as outcome_ends_at,
        users.country as user_country,
        users.platform as user_platform,
        users.is_creator as user_is_creator,
        users.signed_up_at as user_signed_up_at,
        medians.median_impressions_before,
        {{ feedlift.each_measure('outcomes.{measure}') }},
        {{ feedlift.each_measure('covariates.{measure} as {measure}_before') }}
        {{- feedlift.each_retention_measure('retention.{measure}') }}
    from outcomes
    inner join units
        on outcomes.experiment_id = units.experiment_id and outcomes.user_id = units.user_id
    inner join covariates
        on outcomes.experiment_id = covariates.experiment_id and outcomes.user_id = covariates.user_id
    left join retention
        on
            outcomes.experiment_id = retention.experiment_id
            and outcomes.user_id = retention.user_id
            and outcomes.window_name = retention.population
    left join users on outcomes.user_id = users.user_id
    left join medians on outcomes.experiment_id = medians.experiment_id

),

final as (

    select
        *,
        {{ feedlift.segment_columns() }}
    from joined

)

select * from final
