{%- set double = feedlift.data_type('double') -%}
{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
with designs as (

    select * from {{ ref('int_experiments__designs') }}

),

sample_ratios as (

    select * from {{ ref('int_experiments__sample_ratios_by_segment') }}
    where test_family in ('segment values', 'days')

),

attribute_balance as (

    select * from {{ ref('int_experiments__attribute_balance') }}

),

ramp_timing as (

    select * from {{ ref('int_experiments__ramp_timing') }}

),

parts as (

    select
        experiment_id,
        test_family,
        segment,
        segment_value,
        chi_square,
        p_value,
        p_value_holm,
        family_size,
        null_reason,
        {{ feedlift.text_list(
            "arm || ' ' || cast(user_count as " ~ text ~ ") || ' (expected ' || coalesce(cast(cast(round(expected_users) as "
            ~ integer ~ ") as " ~ text ~ "), 'unknown') || ')'",
            'arm'
        ) }} as counts
    from sample_ratios
    group by
        experiment_id,
        test_family,
        segment,
        segment_value,
        chi_square,
        p_value,
        p_value_holm,
        family_size,
        null_reason

),

ranked_parts as (

    select
        *,
        count(case when p_value_holm < 1e-3 then 1 end) over (partition by experiment_id, test_family) as unlike_count,
        row_number() over (
            partition by experiment_id, test_family
            order by coalesce(p_value, 2e0) asc, segment asc, segment_value asc
        ) as part_rank
    from parts

),

-- They only say where a mismatch is: the test of all users is the one that fails.
sample_ratio_checks as (

    select
        experiment_id,
        case test_family when 'days' then 'sample_ratios_by_day' else 'segment_sample_ratios' end as check_name,
        case when p_value is null or p_value_holm < 1e-3 then 'warn' else 'pass' end as status,
        chi_square as statistic,
        p_value_holm as p_value,
        case
            when p_value is null and null_reason = 'fewer_than_five_expected'
                then 'Not judged: in every one of the ' || test_family || ' an arm expects fewer than 5 users.'
            when p_value is null then 'Not judged: it cannot be computed (' || null_reason || ').'
            when p_value_holm < 1e-3
                then
                    'Arms are not of the sizes that were planned in ' || cast(unlike_count as {{ text }}) || ' of '
                    || cast(family_size as {{ text }}) || ' ' || test_family || ', most where ' || segment || ' = '
                    || segment_value || ': ' || counts || '; experiment_sample_ratios_by_segment has them all.'
            else
                'Arms are of the sizes that were planned in all ' || cast(family_size as {{ text }}) || ' '
                || test_family || '; the least likely are those where ' || segment || ' = ' || segment_value || ': '
                || counts || '.'
        end as detail
    from ranked_parts
    where part_rank = 1

),

segment_values as (

    select
        experiment_id,
        segment,
        count(distinct segment_value) as value_count,
        max(case when segment_value = 'unknown' then 1 else 0 end) as unknown_count
    from sample_ratios
    where test_family = 'segment values'
    group by experiment_id, segment

),

-- Attributes of which all users have the same known value have nothing to compare; of an attribute that is not logged
-- that is not known.
uniform_experiments as (

    select experiment_id
    from segment_values
    group by experiment_id
    having max(value_count) = 1 and max(unknown_count) = 0

),

ranked_attributes as (

    select
        attribute_balance.*,
        uniform_experiments.experiment_id is not null as is_uniform,
        count(attribute_balance.p_value) over (partition by attribute_balance.experiment_id) as attribute_count,
        row_number() over (
            partition by attribute_balance.experiment_id
            order by coalesce(attribute_balance.p_value, 2e0) asc, attribute_balance.segment asc
        ) as attribute_rank
    from attribute_balance
    left join uniform_experiments on attribute_balance.experiment_id = uniform_experiments.experiment_id

),

attribute_checks as (

    select
        experiment_id,
        'attribute_balance' as check_name,
        case
            when is_uniform then 'not_applicable'
            when p_value is null then 'warn'
            when p_value_bonferroni < 1e-3 then 'fail'
            else 'pass'
        end as status,
        chi_square as statistic,
        p_value_bonferroni as p_value,
        case
            when is_uniform then 'All users have the same value of every segment: there is nothing to compare.'
            when p_value is null then 'Not judged: there are too few users of different kinds to compare.'
            else
                case
                    when p_value_bonferroni < 1e-3 then 'The arms are not made of the same kinds of users. '
                    else 'The arms are made of the same kinds of users. '
                end || 'Most unlike of ' || cast(attribute_count as {{ text }}) || ' attributes: ' || segment || '; '
                || cast(most_unusual_user_count as {{ text }}) || ' users with ' || most_unusual_value || ' in '
                || most_unusual_arm || ', where '
                || cast(cast(round(most_unusual_expected_users) as {{ integer }}) as {{ text }}) || ' were expected.'
        end as detail
    from ranked_attributes
    where attribute_rank = 1

),

-- The mean of the factors of several changes is such a factor, too.
ranked_changes as (

    select
        *,
        max(log_bayes_factor) over (partition by experiment_id) as largest_log_bayes_factor,
        row_number() over (
            partition by experiment_id
            order by case when log_bayes_factor is null then 1 else 0 end asc, log_bayes_factor desc, later_phase asc
        ) as change_rank
    from ramp_timing

),

ramps as (

    select
        experiment_id,
        max(largest_log_bayes_factor) + ln(
            sum(
                case
                    when log_bayes_factor is not null
                        then exp(greatest(log_bayes_factor - largest_log_bayes_factor, -7e2))
                end
            ) / nullif(count(log_bayes_factor), 0)
        ) as log_bayes_factor,
        max(case when change_rank = 1 then planned_change_at end) as planned_change_at,
        max(case when change_rank = 1 then likeliest_offset_hours end) as likeliest_offset_hours,
        max(case when change_rank = 1 then moved_user_count end) as moved_user_count,
        sum(later_user_count) as later_user_count
    from ranked_changes
    group by experiment_id

),

timed_ramps as (

    select
        *,
        case
            when log_bayes_factor > 6.9e2 then 1e-300
            when log_bayes_factor > 0e0 then exp(-log_bayes_factor)
            when log_bayes_factor is not null then 1e0
        end as p_value
    from ramps

),

-- Users of two regimes in one phase are what phases are there to keep apart: pooled, their mixture biases every effect.
ramp_checks as (

    select
        designs.experiment_id,
        'ramp_timing' as check_name,
        case
            when ramps.experiment_id is null then 'not_applicable'
            when ramps.p_value is null then 'warn'
            when ramps.p_value < 1e-3 then 'fail'
            else 'pass'
        end as status,
        ramps.log_bayes_factor as statistic,
        ramps.p_value,
        case
            when ramps.experiment_id is null then 'The shares of the arms were never to change.'
            when ramps.p_value is null then 'Not judged: nobody was assigned around the change of shares.'
            when ramps.p_value < 1e-3
                then
                    'The shares did not change when they were to, at ' || cast(ramps.planned_change_at as {{ text }})
                    || ', but about ' || cast(abs(ramps.likeliest_offset_hours) as {{ text }}) || ' hours '
                    || case when ramps.likeliest_offset_hours > 0 then 'later' else 'earlier' end || '; '
                    || cast(cast(ramps.moved_user_count as {{ integer }}) as {{ text }})
                    || ' users came under the shares of another phase. Correct starts_at in experiment_arm_shares.'
            else
                'The shares changed when they were to; the change looked at closest is that of '
                || cast(ramps.planned_change_at as {{ text }}) || '.'
        end as detail
    from designs
    left join timed_ramps as ramps on designs.experiment_id = ramps.experiment_id

),

{%- if not feedlift.definitions('segments') %}

-- Without segments the tables above have no rows of them.
segment_checks as (

    {%- for check_name in ['segment_sample_ratios', 'attribute_balance'] %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        '{{ check_name }}' as check_name,
        'not_applicable' as status,
        cast(null as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        'No segment is configured.' as detail
    from designs
    {%- endfor %}

),
{%- endif %}

final as (

    {%- if not feedlift.definitions('segments') %}
    select * from segment_checks
    union all
    {%- endif %}
    select * from sample_ratio_checks
    union all
    select * from attribute_checks
    union all
    select * from ramp_checks

)

select * from final
