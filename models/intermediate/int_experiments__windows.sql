with units as (

    select * from {{ ref('int_experiments__units') }}
    where exclusion_reason is null

),

exposures as (

    select * from {{ ref('int_experiments__exposures') }}

),

usable_triggers as (

    select experiment_id
    from {{ ref('int_experiments__triggers') }}
    where trigger_status = 'usable'

),

open_end as (

    select cast('9999-12-31' as {{ feedlift.data_type('timestamp') }}) as ends_at

),

assigned_windows as (

    select
        units.experiment_id,
        units.user_id,
        'assigned' as window_name,
        units.assigned_at as window_starts_at,
        coalesce(units.experiment_ends_at, open_end.ends_at) as window_ends_at
    from units
    cross join open_end

),

exposed_windows as (

    select
        exposures.experiment_id,
        exposures.user_id,
        'exposed' as window_name,
        exposures.exposed_at as window_starts_at,
        coalesce(units.experiment_ends_at, open_end.ends_at) as window_ends_at
    from exposures
    inner join units
        on exposures.experiment_id = units.experiment_id and exposures.user_id = units.user_id
    inner join usable_triggers on exposures.experiment_id = usable_triggers.experiment_id
    cross join open_end

),

-- Up to assignment for both populations: between assignment and exposure the treatment may already work.
covariate_windows as (

    select
        experiment_id,
        user_id,
        'covariate' as window_name,
        {{ dbt.dateadd('hour', -24 * feedlift.setting('covariate_days'), 'assigned_at') }} as window_starts_at,
        assigned_at as window_ends_at
    from units

),

final as (

    select * from assigned_windows
    union all
    select * from exposed_windows
    union all
    select * from covariate_windows

)

select * from final
