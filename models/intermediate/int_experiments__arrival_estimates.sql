{%- set double = feedlift.data_type('double') -%}
{%- set keys = ['experiment_id', 'arm', 'control_arm'] -%}
with eligible_users as (

    select * from {{ ref('int_experiments__eligible_users') }}

),

arms as (

    select * from {{ ref('stg_experiments__arms') }}
    where randomisation_unit = 'user'

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

-- The arm of those who were never assigned is not known. Every eligible user counts in each arm as one over its share
-- if assigned there and as nothing if not, of which the mean is the share of its users that arrived (Horvitz and
-- Thompson 1952): the same people are the sample of both arms.
weights as (

    select
        arms.experiment_id,
        arms.arm,
        controls.arm as control_arm,
        case when eligible_users.arm = arms.arm then 1e0 / arm_shares.share else 0e0 end as arm_weight,
        case when eligible_users.arm = controls.arm then 1e0 / control_shares.share else 0e0 end as control_weight
    from eligible_users
    inner join arms on eligible_users.experiment_id = arms.experiment_id
    inner join arms as controls on eligible_users.experiment_id = controls.experiment_id
    inner join arm_shares
        on
            arms.experiment_id = arm_shares.experiment_id
            and arms.arm = arm_shares.arm
            and eligible_users.phase = arm_shares.phase
    inner join arm_shares as control_shares
        on
            controls.experiment_id = control_shares.experiment_id
            and controls.arm = control_shares.arm
            and eligible_users.phase = control_shares.phase
    where controls.is_control and not arms.is_control

),

samples as (

    select
        {{ keys | join(', ') }},
        count(*) as unit_count,
        count(case when arm_weight > 0 then 1 end) as nonzero_unit_count,
        count(case when control_weight > 0 then 1 end) as control_nonzero_unit_count,
        avg(arm_weight) as arm_value,
        avg(control_weight) as control_value,
        var_samp(arm_weight - control_weight) / count(*) as variance_of_mean
    from weights
    group by {{ keys | join(', ') }}

),

-- One sample has one variance, which stands as the arm's.
final as (

    select
        {{ keys | join(', ') }},
        unit_count,
        unit_count as control_unit_count,
        nonzero_unit_count,
        control_nonzero_unit_count,
        arm_value,
        control_value,
        arm_value - control_value as estimate,
        variance_of_mean as unadjusted_variance,
        false as is_ratio,
        0e0 as cuped_coefficient,
        0e0 as skewness,
        0e0 as control_skewness,
        case when variance_of_mean > 0 then variance_of_mean end as arm_variance,
        case when variance_of_mean > 0 then 0e0 end as control_variance,
        cast(null as {{ double }}) as arm_value_variance,
        cast(null as {{ double }}) as control_value_variance,
        cast(null as {{ double }}) as covariance_of_values,
        case when variance_of_mean > 0 then cast(unit_count - 1 as {{ double }}) end as degrees_of_freedom,
        case
            when unit_count < 2 then 'fewer_than_two_units'
            when variance_of_mean = 0 then 'zero_variance'
        end as null_reason
    from samples

)

select * from final
