with assignments as (

    select
        assignments.experiment_id,
        assignments.look_date,
        assignments.phase,
        assignments.planned_share,
        assignments.user_count,
        -- The spread about the planned shares for which the planned number of users is best at p < .001: the mixture of
        -- the always-valid intervals, on counts.
        1e0 / {{ feedlift._mixture_information('1', 'experiments.planned_user_count', '1e-3') }} as concentration
    from {{ ref('int_experiments__assignments_by_day') }} as assignments
    inner join {{ ref('stg_experiments__experiments') }} as experiments
        on assignments.experiment_id = experiments.experiment_id

),

tested as (

    {{ feedlift.sequential_goodness_of_fit(
        'assignments',
        keys=['experiment_id'],
        look='look_date',
        observed='user_count',
        share='planned_share',
        concentration='concentration',
        stratum='phase',
    ) | indent(4) }}

),

final as (

    select
        experiment_id,
        look as look_date,
        log_bayes_factor,
        p_value,
        null_reason
    from tested

)

select * from final
