with windows as (

    select * from {{ ref('int_experiments__windows') }}

),

covariate_windows as (

    select * from windows
    where window_name = 'covariate'

),

outcome_windows as (

    select * from windows
    where window_name <> 'covariate'

),

final as (

    select
        outcome_windows.experiment_id,
        outcome_windows.user_id,
        outcome_windows.window_name,
        outcome_windows.window_starts_at,
        outcome_windows.window_ends_at,
        covariate_windows.window_starts_at as covariate_starts_at,
        covariate_windows.window_ends_at as covariate_ends_at
    from outcome_windows
    left join covariate_windows
        on
            outcome_windows.experiment_id = covariate_windows.experiment_id
            and outcome_windows.user_id = covariate_windows.user_id

)

select *
from final
where
    covariate_ends_at is null
    or covariate_starts_at >= covariate_ends_at
    or covariate_ends_at > window_starts_at
    or window_starts_at >= window_ends_at
