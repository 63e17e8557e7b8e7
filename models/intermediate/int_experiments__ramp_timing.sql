{%- set double = feedlift.data_type('double') -%}
with units as (

    select * from {{ ref('int_experiments__randomised_units') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

changes as (

    select distinct
        experiment_id,
        phase as later_phase,
        starts_at as planned_change_at
    from arm_shares
    where phase > 1

),

phase_arms as (

    select
        changes.experiment_id,
        changes.later_phase,
        arm_shares.arm,
        sum(case when arm_shares.phase = changes.later_phase then arm_shares.share else 0e0 end) as later_share,
        sum(case when arm_shares.phase < changes.later_phase then arm_shares.share else 0e0 end) as earlier_share
    from changes
    inner join arm_shares
        on
            changes.experiment_id = arm_shares.experiment_id
            and arm_shares.phase between changes.later_phase - 1 and changes.later_phase
    group by changes.experiment_id, changes.later_phase, arm_shares.arm

),

users as (

    select
        changes.experiment_id,
        changes.later_phase,
        changes.planned_change_at,
        units.arm,
        units.phase = changes.later_phase as is_after,
        cast(
            floor({{ feedlift.seconds_between('changes.planned_change_at', 'units.assigned_at') }} / 3600e0)
            as {{ feedlift.data_type('integer') }}
        ) as hour_bin
    from changes
    inner join units
        on
            changes.experiment_id = units.experiment_id
            and units.phase between changes.later_phase - 1 and changes.later_phase

),

-- What a user's arm says for the shares of the other phase against those of the phase the user came in. An arm without
-- a share in its own phase is the sample ratio's affair.
evidence as (

    select
        users.experiment_id,
        users.later_phase,
        users.planned_change_at,
        users.is_after,
        users.hour_bin,
        case when users.is_after then phase_arms.later_share else phase_arms.earlier_share end as planned_share,
        case when users.is_after then phase_arms.earlier_share else phase_arms.later_share end as other_share
    from users
    inner join phase_arms
        on
            users.experiment_id = phase_arms.experiment_id
            and users.later_phase = phase_arms.later_phase
            and users.arm = phase_arms.arm

),

hours as (

    select
        experiment_id,
        later_phase,
        planned_change_at,
        is_after,
        hour_bin,
        count(*) as user_count,
        sum(
            case when planned_share > 0 and other_share > 0 then ln(other_share / planned_share) else 0e0 end
        ) as log_ratio,
        sum(case when planned_share > 0 and other_share <= 0 then 1 else 0 end) as impossible_count
    from evidence
    group by experiment_id, later_phase, planned_change_at, is_after, hour_bin

),

-- Had the shares changed so many hours late, all users from the plan's instant up to then would have come under the
-- earlier shares; so many hours early, all from then on under the later ones.
candidates as (

    select
        experiment_id,
        later_phase,
        planned_change_at,
        case when is_after then hour_bin + 1 else hour_bin end as offset_hours,
        sum(user_count) over (
            partition by experiment_id, later_phase, is_after
            order by abs(hour_bin + 5e-1)
            rows between unbounded preceding and current row
        ) as moved_user_count,
        sum(log_ratio) over (
            partition by experiment_id, later_phase, is_after
            order by abs(hour_bin + 5e-1)
            rows between unbounded preceding and current row
        ) as log_likelihood_ratio,
        sum(impossible_count) over (
            partition by experiment_id, later_phase, is_after
            order by abs(hour_bin + 5e-1)
            rows between unbounded preceding and current row
        ) as impossible_count
    from hours

),

possible_candidates as (

    select
        *,
        case when impossible_count = 0 then log_likelihood_ratio end as log_factor,
        max(case when impossible_count = 0 then log_likelihood_ratio end) over (
            partition by experiment_id, later_phase
        ) as largest_log_factor,
        row_number() over (
            partition by experiment_id, later_phase
            order by
                case when impossible_count = 0 then 0 else 1 end asc,
                log_likelihood_ratio desc,
                abs(offset_hours) asc,
                offset_hours asc
        ) as candidate_rank
    from candidates

),

-- The mean of likelihood ratios is one, too: its mean under the plan is 1, so that it exceeds 1,000 in at most one of
-- 1,000 sound ramps, at any number of users (Markov's inequality).
averaged as (

    select
        experiment_id,
        later_phase,
        planned_change_at,
        -- Where no other instant is possible at all, the factor is 0.
        case
            when max(largest_log_factor) is null then -6.9e2
            else
                max(largest_log_factor) + ln(
                    nullif(
                        sum(
                            case
                                when log_factor is null then 0e0
                                else exp(greatest(log_factor - largest_log_factor, -7e2))
                            end
                        ), 0
                    ) / count(*)
                )
        end as log_bayes_factor,
        max(case when candidate_rank = 1 then offset_hours end) as likeliest_offset_hours,
        max(case when candidate_rank = 1 then moved_user_count end) as moved_user_count
    from possible_candidates
    group by experiment_id, later_phase, planned_change_at

),

sizes as (

    select
        experiment_id,
        later_phase,
        sum(case when is_after then 1 else 0 end) as later_user_count,
        sum(case when is_after then 0 else 1 end) as earlier_user_count
    from users
    group by experiment_id, later_phase

),

final as (

    select
        changes.experiment_id,
        changes.later_phase,
        changes.planned_change_at,
        averaged.log_bayes_factor,
        averaged.likeliest_offset_hours,
        averaged.moved_user_count,
        cast(coalesce(sizes.earlier_user_count, 0) as {{ feedlift.data_type('integer') }}) as earlier_user_count,
        cast(coalesce(sizes.later_user_count, 0) as {{ feedlift.data_type('integer') }}) as later_user_count,
        case
            when averaged.log_bayes_factor > 6.9e2 then 1e-300
            when averaged.log_bayes_factor > 0e0 then exp(-averaged.log_bayes_factor)
            else cast(1 as {{ double }})
        end as p_value
    from changes
    left join averaged
        on changes.experiment_id = averaged.experiment_id and changes.later_phase = averaged.later_phase
    left join sizes
        on changes.experiment_id = sizes.experiment_id and changes.later_phase = sizes.later_phase

)

select * from final
