{%- set parts = ['experiment_id', 'test_family', 'segment', 'segment_value'] -%}
with sizes as (

    select * from {{ ref('int_experiments__segment_sizes') }}

),

arm_shares as (

    select * from {{ ref('stg_experiments__arm_shares') }}

),

planned_experiments as (

    select distinct experiment_id
    from arm_shares

),

sizes_by_phase as (

    select
        {{ parts | join(', ') }},
        phase,
        sum(user_count) as user_count
    from sizes
    group by {{ parts | join(', ') }}, phase

),

-- When shares changed, each phase expects its own; an arm nobody came to is expected all the same.
observed_and_expected as (

    select
        {{ parts | join(', ') }},
        arm,
        user_count,
        0e0 as expected_users
    from sizes

    union all

    select
        sizes_by_phase.{{ parts | join(', sizes_by_phase.') }},
        arm_shares.arm,
        0 as user_count,
        sizes_by_phase.user_count * arm_shares.share as expected_users
    from sizes_by_phase
    inner join arm_shares
        on
            sizes_by_phase.experiment_id = arm_shares.experiment_id
            and sizes_by_phase.phase = arm_shares.phase

),

totals as (

    select
        {{ parts | join(', ') }},
        arm,
        sum(user_count) as user_count,
        sum(expected_users) as expected_users
    from observed_and_expected
    group by {{ parts | join(', ') }}, arm

),

cells as (

    select
        totals.{{ parts | join(', totals.') }},
        totals.arm,
        totals.user_count,
        case when planned_experiments.experiment_id is not null then totals.expected_users end as expected_users
    from totals
    left join planned_experiments on totals.experiment_id = planned_experiments.experiment_id

),

goodness_of_fit as (

    {{ feedlift.chi_square_goodness_of_fit('cells', parts, 'user_count', 'expected_users') | indent(4) }}

),

smallest_expectations as (

    select
        {{ parts | join(', ') }},
        min(expected_users) as smallest_expected_users
    from cells
    group by {{ parts | join(', ') }}

),

-- With fewer than five expected users in an arm (Cochran 1954) the statistic does not follow its distribution, and of
-- many small parts one would be found unlike by that alone.
judged as (

    select
        goodness_of_fit.{{ parts | join(', goodness_of_fit.') }},
        case when smallest_expectations.smallest_expected_users >= 5 then goodness_of_fit.chi_square end as chi_square,
        case when smallest_expectations.smallest_expected_users >= 5 then goodness_of_fit.p_value end as p_value,
        case
            when goodness_of_fit.null_reason is not null then goodness_of_fit.null_reason
            when smallest_expectations.smallest_expected_users < 5 then 'fewer_than_five_expected'
        end as null_reason
    from goodness_of_fit
    inner join smallest_expectations
        on
            goodness_of_fit.experiment_id = smallest_expectations.experiment_id
            and goodness_of_fit.segment = smallest_expectations.segment
            and goodness_of_fit.segment_value = smallest_expectations.segment_value

),

adjusted as (

    {{ feedlift.adjusted_p_values('judged', ['experiment_id', 'test_family']) | indent(4) }}

),

final as (

    select
        cells.{{ parts | join(', cells.') }},
        cells.arm,
        cells.expected_users,
        adjusted.chi_square,
        adjusted.p_value,
        adjusted.family_size,
        adjusted.p_value_holm,
        adjusted.null_reason,
        cast(cells.user_count as {{ feedlift.data_type('integer') }}) as user_count
    from cells
    inner join adjusted
        on
            cells.experiment_id = adjusted.experiment_id
            and cells.segment = adjusted.segment
            and cells.segment_value = adjusted.segment_value

)

select * from final
