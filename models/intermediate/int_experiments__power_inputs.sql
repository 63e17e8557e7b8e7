with contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}
    where segment = 'all'

),

sequential_tests as (

    select * from {{ ref('int_experiments__sequential_tests') }}
    where segment = 'all'

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

enrolment as (

    select * from {{ ref('int_experiments__enrolment') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

data_through as (

    select * from {{ ref('int_feed__data_through') }}

),

-- Users who come day by day bring no new clusters.
shares as (

    select
        treated.experiment_id,
        treated.population,
        treated.arm,
        control.arm as control_arm,
        case when experiments.randomisation_unit = 'user' then treated.daily_new_users end as daily_new_users,
        treated.present_share + control.present_share as pair_share,
        treated.present_share / (treated.present_share + control.present_share) as arm_share_of_pair
    from enrolment as treated
    inner join enrolment as control
        on treated.experiment_id = control.experiment_id and treated.population = control.population
    inner join experiments on treated.experiment_id = experiments.experiment_id

),

endings as (

    select
        experiments.experiment_id,
        coalesce(experiments.ends_at <= data_through.complete_through_at, false) as has_ended
    from experiments
    cross join data_through

),

-- A variance of a mean times its users is what does not change as users come; with it, any number of users in any
-- shares can be thought through.
final as (

    select
        contrasts.experiment_id,
        contrasts.population,
        contrasts.metric,
        metric_roles.metric_role,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.method,
        contrasts.unit_count,
        contrasts.control_unit_count,
        contrasts.control_value,
        contrasts.estimate_se,
        metric_roles.smallest_effect_of_interest,
        sequential_tests.planned_user_count,
        contrasts.null_reason,
        sequential_tests.sequential_null_reason,
        shares.pair_share,
        shares.arm_share_of_pair,
        shares.daily_new_users,
        endings.has_ended,
        contrasts.unit_count + contrasts.control_unit_count as pair_unit_count,
        {{ feedlift.variance_of_difference(
            'contrasts.arm_variance * contrasts.unit_count',
            'contrasts.control_variance * contrasts.control_unit_count',
            'shares.arm_share_of_pair'
        ) }} as difference_variance
    from contrasts
    inner join sequential_tests
        on
            contrasts.experiment_id = sequential_tests.experiment_id
            and contrasts.population = sequential_tests.population
            and contrasts.metric = sequential_tests.metric
            and contrasts.arm = sequential_tests.arm
            and contrasts.method = sequential_tests.method
    inner join metric_roles
        on contrasts.experiment_id = metric_roles.experiment_id and contrasts.metric = metric_roles.metric
    inner join endings on contrasts.experiment_id = endings.experiment_id
    left join shares
        on
            contrasts.experiment_id = shares.experiment_id
            and contrasts.population = shares.population
            and contrasts.arm = shares.arm
            and contrasts.control_arm = shares.control_arm

)

select * from final
