{%- set double = feedlift.data_type('double') -%}
with sizes as (

    select
        experiment_id,
        segment,
        segment_value,
        phase,
        arm,
        user_count
    from {{ ref('int_experiments__segment_sizes') }}
    where test_family = 'segment values'

),

attribute_values as (

    select distinct
        experiment_id,
        segment,
        phase,
        segment_value
    from sizes

),

arms as (

    select distinct
        experiment_id,
        segment,
        phase,
        arm
    from sizes

),

-- A value that an arm has nobody of counts as none there.
counts as (

    select
        attribute_values.experiment_id,
        attribute_values.segment,
        attribute_values.phase,
        attribute_values.segment_value,
        arms.arm,
        coalesce(sizes.user_count, 0) as user_count
    from attribute_values
    inner join arms
        on
            attribute_values.experiment_id = arms.experiment_id
            and attribute_values.segment = arms.segment
            and attribute_values.phase = arms.phase
    left join sizes
        on
            attribute_values.experiment_id = sizes.experiment_id
            and attribute_values.segment = sizes.segment
            and attribute_values.phase = sizes.phase
            and attribute_values.segment_value = sizes.segment_value
            and arms.arm = sizes.arm

),

-- Phases apart: in a ramp both the kinds of users and the shares of the arms change with time.
expectations as (

    select
        *,
        cast(sum(user_count) over (partition by experiment_id, segment, phase, segment_value) as {{ double }})
        * sum(user_count) over (partition by experiment_id, segment, phase, arm)
        / sum(user_count) over (partition by experiment_id, segment, phase) as expected_users
    from counts

),

rare_values as (

    select
        *,
        min(expected_users) over (partition by experiment_id, segment, phase, segment_value) < 5 as is_rare
    from expectations

),

-- Values with fewer than five expected users in an arm (Cochran 1954) are taken together; if they are too few even so,
-- they are left out. Which they are depends on no arm.
pooled_counts as (

    select
        experiment_id,
        segment,
        phase,
        arm,
        is_rare,
        case when is_rare then 'any rare value' else segment_value end as segment_value,
        sum(user_count) as user_count,
        sum(expected_users) as expected_users
    from rare_values
    group by experiment_id, segment, phase, arm, is_rare, case when is_rare then 'any rare value' else segment_value end

),

sufficient_counts as (

    select
        *,
        min(expected_users) over (partition by experiment_id, segment, phase, is_rare) as smallest_expected_users
    from pooled_counts

),

kept_counts as (

    select
        *,
        cast(sum(user_count) over (partition by experiment_id, segment, phase, is_rare, segment_value) as {{ double }})
        * sum(user_count) over (partition by experiment_id, segment, phase, arm)
        / sum(user_count) over (partition by experiment_id, segment, phase) as kept_expected_users
    from sufficient_counts
    where not is_rare or smallest_expected_users >= 5

),

terms as (

    select
        *,
        (user_count - kept_expected_users) * (user_count - kept_expected_users) / kept_expected_users as term
    from kept_counts

),

ranked_terms as (

    select
        *,
        row_number() over (
            partition by experiment_id, segment
            order by term desc, phase asc, segment_value asc, is_rare asc, arm asc
        ) as term_rank
    from terms

),

phases as (

    select
        experiment_id,
        segment,
        phase,
        sum(term) as chi_square,
        cast(count(*) as {{ double }}) as cell_count,
        cast(count(distinct arm) as {{ double }}) as arm_count
    from terms
    group by experiment_id, segment, phase

),

statistics as (

    select
        experiment_id,
        segment,
        sum(chi_square) as chi_square,
        sum((cell_count / arm_count - 1) * (arm_count - 1)) as degrees_of_freedom
    from phases
    group by experiment_id, segment

),

attributes as (

    select distinct
        experiment_id,
        segment
    from sizes

),

judged as (

    select
        attributes.experiment_id,
        attributes.segment,
        case when statistics.degrees_of_freedom > 0 then statistics.chi_square end as chi_square,
        case when statistics.degrees_of_freedom > 0 then statistics.degrees_of_freedom end as degrees_of_freedom,
        case when coalesce(statistics.degrees_of_freedom, 0) = 0 then 'nothing_to_compare' end as null_reason
    from attributes
    left join statistics
        on attributes.experiment_id = statistics.experiment_id and attributes.segment = statistics.segment

),

tested as (

    select
        *,
        {{ feedlift.chi_square_survival('chi_square', 'degrees_of_freedom') }} as p_value
    from judged

),

adjusted as (

    {{ feedlift.adjusted_p_values('tested', ['experiment_id']) | indent(4) }}

),

final as (

    select
        adjusted.experiment_id,
        adjusted.segment,
        adjusted.chi_square,
        adjusted.degrees_of_freedom,
        adjusted.p_value,
        adjusted.p_value_bonferroni,
        adjusted.null_reason,
        ranked_terms.segment_value as most_unusual_value,
        ranked_terms.arm as most_unusual_arm,
        ranked_terms.user_count as most_unusual_user_count,
        ranked_terms.kept_expected_users as most_unusual_expected_users
    from adjusted
    left join ranked_terms
        on
            adjusted.experiment_id = ranked_terms.experiment_id
            and adjusted.segment = ranked_terms.segment
            and ranked_terms.term_rank = 1

)

select * from final
