{%- set text = feedlift.data_type('text') -%}
{%- set double = feedlift.data_type('double') -%}
{%- set about_exposure = feedlift.literals(['exposure_rate', 'time_to_exposure']) -%}
{%- set about_segments = ['segment_sample_ratios', 'attribute_balance'] if feedlift.definitions('segments') else [] -%}
with sample_ratios as (

    select * from {{ ref('int_experiments__sample_ratios') }}

),

sequential_sample_ratios as (

    select * from {{ ref('int_experiments__sequential_sample_ratios') }}

),

assignment_log as (

    select * from {{ ref('int_experiments__assignment_log') }}

),

triggers as (

    select * from {{ ref('int_experiments__triggers') }}

),

contrasts as (

    select * from {{ ref('int_experiments__validity_contrasts') }}

),

assignment_checks as (

    select
        experiment_id,
        check_name,
        status,
        statistic,
        p_value,
        detail
    from {{ ref('int_experiments__assignment_checks') }}

),

measurement_checks as (

    select
        experiment_id,
        check_name,
        status,
        statistic,
        p_value,
        detail
    from {{ ref('int_experiments__measurement_checks') }}

),

clusters as (

    select * from {{ ref('int_experiments__clusters') }}

),

clustered_experiments as (

    select
        experiment_id,
        randomisation_unit,
        count(distinct cluster_id) as cluster_count,
        count(distinct case when cluster_problem = 'cluster_in_several_arms' then cluster_id end)
            as shared_cluster_count,
        count(case when cluster_problem = 'unknown_cluster' then 1 end) as unknown_user_count,
        count(cluster_problem) as problem_user_count
    from clusters
    group by experiment_id, randomisation_unit

),

goodness_of_fit as (

    {{ feedlift.chi_square_goodness_of_fit(
        'sample_ratios', ['experiment_id'], 'user_count', 'expected_user_count'
    ) | indent(4) }}

),

sample_ratio_totals as (

    select
        experiment_id,
        sum(user_count) as user_count,
        {{ feedlift.text_list(
            "arm || ' ' || cast(user_count as " ~ text ~ ") || coalesce(' (expected ' || "
            ~ "cast(cast(round(expected_user_count) as " ~ feedlift.data_type('integer') ~ ") as " ~ text ~ ") || ')', '')",
            'arm'
        ) }} as counts
    from sample_ratios
    group by experiment_id

),

sample_ratio_mismatch as (

    select
        goodness_of_fit.experiment_id,
        'sample_ratio_mismatch' as check_name,
        case
            when sample_ratio_totals.user_count = 0 then 'warn'
            when goodness_of_fit.null_reason = 'expected_count_not_positive' then 'fail'
            when goodness_of_fit.p_value < 1e-3 then 'fail'
            when goodness_of_fit.p_value is null then 'warn'
            else 'pass'
        end as status,
        goodness_of_fit.chi_square as statistic,
        goodness_of_fit.p_value,
        case
            when sample_ratio_totals.user_count = 0 and clustered_experiments.experiment_id is not null
                then 'No cluster is known. '
            when sample_ratio_totals.user_count = 0 then 'Nobody is assigned. '
            when goodness_of_fit.null_reason = 'expected_count_not_positive'
                then
                    'Users are in an arm that had no share when they were assigned; '
                    || 'the assignment does not follow the plan. '
            when goodness_of_fit.p_value is null
                then 'The sample ratio cannot be judged: no expected shares are known. '
            when goodness_of_fit.p_value < 1e-3
                then 'The arms are not of the sizes that were planned; find out why before reading any effect. '
            else 'The arms are of the sizes that were planned. '
        end
        || coalesce('Clusters (by ' || clustered_experiments.randomisation_unit || ') per arm: ', 'Users per arm: ')
        || sample_ratio_totals.counts || '.' as detail
    from goodness_of_fit
    inner join sample_ratio_totals on goodness_of_fit.experiment_id = sample_ratio_totals.experiment_id
    left join clustered_experiments on goodness_of_fit.experiment_id = clustered_experiments.experiment_id

),

-- A mismatch that was once established stays one, though later users may have hidden it from the check above. It warns:
-- a second test of the same counts that could fail, too, would stop twice as many sound experiments.
sequential_sample_ratio_mismatch as (

    select
        experiment_id,
        'sequential_sample_ratio_mismatch' as check_name,
        case
            when first_failed_date is not null or p_value is null then 'warn'
            else 'pass'
        end as status,
        log_bayes_factor as statistic,
        p_value,
        case
            when null_reason = 'no_users' then 'Nobody is assigned.'
            when first_failed_date is not null
                then
                    'Looked at every day, users did not come to the arms as planned, first seen on '
                    || cast(first_failed_date as {{ text }}) || '; experiment_sample_ratios_by_day has every day.'
            when p_value is null then 'The sample ratio cannot be judged: no expected shares are known.'
            else 'Looked at every day, users came to the arms as planned.'
        end as detail
    from sequential_sample_ratios

),

excluded_users as (

    select
        experiment_id,
        'excluded_users' as check_name,
        case
            when user_count = 0 then 'not_applicable'
            when two_arms_at_once_count + assigned_before_start_count + assigned_after_end_count = 0 then 'pass'
            else 'warn'
        end as status,
        cast(two_arms_at_once_count + assigned_before_start_count + assigned_after_end_count as {{ double }})
            as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when user_count = 0 then 'Nobody is assigned.'
            else
                cast(two_arms_at_once_count as {{ text }}) || ' users in two arms at the same instant, '
                || cast(assigned_before_start_count as {{ text }}) || ' assigned before the start, '
                || cast(assigned_after_end_count as {{ text }}) || ' assigned after the end; they are in no analysis.'
        end as detail
    from assignment_log

),

refused_assignments as (

    select
        experiment_id,
        'refused_assignments' as check_name,
        case
            when refused_row_count > 0 then 'warn'
            when user_count = 0 then 'not_applicable'
            else 'pass'
        end as status,
        cast(refused_row_count as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when refused_row_count = 0 and user_count = 0 then 'No assignment is logged.'
            else
                cast(refused_row_count as {{ text }})
                || ' assignment rows refused; see stg_feed__assignments_rejected for each with its reason.'
        end as detail
    from assignment_log

),

trigger_symmetry as (

    select
        experiment_id,
        'trigger' as check_name,
        case trigger_status when 'usable' then 'pass' when 'not_declared' then 'not_applicable' else 'warn' end
            as status,
        cast(null as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case trigger_status
            when 'usable' then 'The trigger (' || trigger_source || ') was met in every arm.'
            when 'not_declared' then 'No trigger is declared: there are no exposed rows.'
            when 'never_met' then 'The declared trigger was never met: there are no exposed rows.'
            else
                'The trigger (' || trigger_source || ') was never met in the arm ' || unexposed_arm
                || ', so exposed users have nobody to be compared with: there are no exposed rows.'
        end as detail
    from triggers

),

counted_contrasts as (

    select
        *,
        count(p_value) over (partition by experiment_id, check_name) as test_count
    from contrasts

),

-- Where nobody has any of what is compared, a comparison has tested nothing; of times, nothing is a value as any other.
-- Of many users the least difference is significant. Of a signal that a whole arm lost no variance is left to test by;
-- that is no chance where the other arm lets one expect ten users with it.
judged_contrasts as (

    select
        *,
        check_name = 'signal_parity'
        and estimate <> 0
        and abs(estimate) >= {{ feedlift.setting('signal_parity_tolerance') }}
        and (
            p_value * test_count < 1e-3
            or (
                null_reason = 'zero_variance'
                and (nonzero_unit_count + control_nonzero_unit_count) * least(unit_count, control_unit_count)
                >= 10 * greatest(unit_count, control_unit_count)
            )
        ) as is_disparity,
        check_name <> 'time_to_exposure'
        and null_reason = 'zero_variance'
        and arm_value = 0
        and control_value = 0 as is_of_nothing
    from counted_contrasts

),

-- One row per check: the smallest of its p-values over arms and quantities, times how many there are (Bonferroni).
-- What was not logged comes last, so that a check is unjudged only where nothing of it could be compared, and before it
-- what nobody has, so that a check does not apply only where nothing of it could be judged.
ranked_contrasts as (

    select
        *,
        row_number() over (
            partition by experiment_id, check_name
            order by
                case when is_disparity then 0 else 1 end asc,
                coalesce(
                    p_value,
                    case
                        when null_reason = 'not_logged' then 5e0
                        when is_of_nothing then 4e0
                        when null_reason = 'zero_variance' then 2e0
                        else 3e0
                    end
                ) asc,
                abs(estimate) desc,
                metric asc,
                arm asc
        ) as p_value_rank
    from judged_contrasts

),

most_extreme_contrasts as (

    select
        *,
        case when p_value * test_count > 1 then 1e0 else p_value * test_count end as adjusted_p_value
    from ranked_contrasts
    where p_value_rank = 1

),

arm_comparisons as (

    select
        experiment_id,
        check_name,
        case
            when is_disparity then 'fail'
            when adjusted_p_value < 1e-3 and check_name in ('crossovers', 'signal_parity') then 'warn'
            when adjusted_p_value < 1e-3 then 'fail'
            when p_value is null and is_of_nothing then 'not_applicable'
            when p_value is null and null_reason = 'zero_variance' and estimate = 0 then 'pass'
            when p_value is null and null_reason = 'not_logged' and check_name in ({{ about_exposure }})
                then 'not_applicable'
            when p_value is null then 'warn'
            else 'pass'
        end as status,
        t_statistic as statistic,
        adjusted_p_value as p_value,
        case
            when p_value is null and is_of_nothing
                then
                    case check_name
                        when 'crossovers' then 'Nobody was assigned to a second arm: there is nothing to compare.'
                        when 'refused_rows' then 'No row was refused: there is nothing to compare.'
                        when 'pre_period_balance'
                            then 'Nobody was active before the assignment: there is nothing to compare.'
                        when 'signal_parity' then 'No signal was seen in any arm: there is nothing to compare.'
                        else 'Nobody was exposed: there is nothing to compare.'
                    end
            when p_value is null and null_reason = 'zero_variance' and estimate = 0
                then 'Nothing differs between the arms (zero_variance).'
            when p_value is null and null_reason = 'zero_variance'
                then
                    'The arms differ in ' || metric || ' without any variance to test it by: '
                    || cast(round(arm_value, 4) as {{ text }}) || ' in ' || arm || ' against '
                    || cast(round(control_value, 4) as {{ text }}) || ' in ' || control_arm || '.'
            when p_value is null and null_reason = 'not_logged' and check_name in ({{ about_exposure }})
                then 'There is no usable trigger, and so nobody exposed to compare.'
            when p_value is null then 'Not judged: it cannot be computed (' || null_reason || ').'
            else
                'Largest difference of ' || cast(test_count as {{ text }}) || ': ' || metric || ' '
                || cast(round(arm_value, 4) as {{ text }}) || ' in ' || arm || ' against '
                || cast(round(control_value, 4) as {{ text }}) || ' in ' || control_arm
                || case
                    when adjusted_p_value < 1e-3 and check_name = 'signal_parity'
                        then '; the arms are not logged alike.'
                    when adjusted_p_value < 1e-3 then '; the arms were not alike.'
                    else '.'
                end
        end as detail
    from most_extreme_contrasts

),

-- The comparisons above take users for independent, which users of one cluster are not.
unjudged_comparisons as (

    {%- for check_name in [
        'crossovers', 'refused_rows', 'pre_period_balance', 'sample_ratios_by_day', 'missing_data', 'signal_parity',
    ] + about_segments %}
    {{ 'union all' if not loop.first }}
    select
        experiment_id,
        '{{ check_name }}' as check_name,
        'warn' as status,
        cast(null as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        'Not judged: randomised by ' || randomisation_unit || ', and the check compares users as if each had been '
        || 'randomised.' as detail
    from clustered_experiments
    {%- endfor %}
    {%- for check_name in ['exposure_rate', 'time_to_exposure'] %}
    union all
    select
        clustered_experiments.experiment_id,
        '{{ check_name }}' as check_name,
        case when triggers.trigger_status <> 'usable' then 'not_applicable' else 'warn' end as status,
        cast(null as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when triggers.trigger_status <> 'usable'
                then 'There is no usable trigger, and so nobody exposed to compare.'
            else
                'Not judged: randomised by ' || clustered_experiments.randomisation_unit
                || ', and the check compares users as if each had been randomised.'
        end as detail
    from clustered_experiments
    left join triggers on clustered_experiments.experiment_id = triggers.experiment_id
    {%- endfor %}

),

cluster_arms as (

    select
        experiment_id,
        'clusters' as check_name,
        case when problem_user_count = 0 then 'pass' else 'fail' end as status,
        cast(problem_user_count as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when problem_user_count = 0 then 'Every cluster (by ' || randomisation_unit || ') is in one arm. '
            else
                'Results of arms with such users are null: ' || cast(shared_cluster_count as {{ text }})
                || ' clusters (by ' || randomisation_unit || ') have users in several arms, and of '
                || cast(unknown_user_count as {{ text }}) || ' users the cluster is not known; '
                || 'int_experiments__clusters names them. '
        end || 'Clusters: ' || cast(cluster_count as {{ text }}) || '.' as detail
    from clustered_experiments

),

final as (

    select * from sample_ratio_mismatch
    union all
    select * from sequential_sample_ratio_mismatch
    union all
    select * from excluded_users
    union all
    select * from refused_assignments
    union all
    select * from trigger_symmetry
    union all
    select * from arm_comparisons
    union all
    select * from assignment_checks
    union all
    select * from measurement_checks
    union all
    select * from unjudged_comparisons
    union all
    select * from cluster_arms

)

select * from final
