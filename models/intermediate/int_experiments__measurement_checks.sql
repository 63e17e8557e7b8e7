{%- set double = feedlift.data_type('double') -%}
{%- set integer = feedlift.data_type('integer') -%}
{%- set text = feedlift.data_type('text') -%}
{%- set alpha = '(1e0 - contrasts.confidence_level)' -%}
{%- set is_of_nothing = "(null_reason = 'zero_variance' and arm_value = 0 and control_value = 0)" -%}
{%- set place_without_p_value -%}
case
                        when null_reason = 'not_logged' then 5e0
                        when {{ is_of_nothing }} then 4e0
                        when null_reason = 'zero_variance' then 2e0
                        else 3e0
                    end
{%- endset -%}
with designs as (

    select * from {{ ref('int_experiments__designs') }}

),

missing_values as (

    select * from {{ ref('int_experiments__missing_value_contrasts') }}

),

coverages as (

    select * from {{ ref('int_experiments__day_coverage') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}
    where metric_role in ('placebo', 'manipulation')

),

contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}
    where population = 'assigned' and segment = 'all' and method = 'unadjusted'

),

-- Where no arm has any of what is compared, a comparison has tested nothing: it comes last but for what is not logged,
-- so that a check does not apply only where nothing of it could be judged.
ranked_missing_values as (

    select
        *,
        coalesce({{ is_of_nothing }}, false) as is_of_nothing,
        count(p_value) over (partition by experiment_id) as test_count,
        row_number() over (
            partition by experiment_id
            order by
                coalesce(p_value, {{ place_without_p_value }}) asc,
                coalesce(abs(estimate), -1e0) desc,
                metric asc,
                arm asc
        ) as p_value_rank
    from missing_values

),

most_extreme_missing_values as (

    select
        *,
        case when p_value * test_count > 1 then 1e0 else p_value * test_count end as adjusted_p_value
    from ranked_missing_values
    where p_value_rank = 1

),

-- A treatment may add rows that have no such value, a module without positions say, and that spoils no comparison of
-- arms: it warns.
missing_data as (

    select
        experiment_id,
        'missing_data' as check_name,
        case
            when adjusted_p_value < 1e-3 then 'warn'
            when is_of_nothing then 'not_applicable'
            when p_value is null and not (null_reason = 'zero_variance' and estimate = 0) then 'warn'
            else 'pass'
        end as status,
        t_statistic as statistic,
        adjusted_p_value as p_value,
        case
            when is_of_nothing then 'No row lacks a value or came late: there is nothing to compare.'
            when p_value is null and null_reason = 'zero_variance' and estimate = 0
                then 'The arms lack values equally often.'
            when p_value is null then 'Not judged: it cannot be computed (' || null_reason || ').'
            else
                case
                    when adjusted_p_value < 1e-3 then 'The arms lack values, or have late rows, unequally often. '
                    else 'The arms lack values, and have late rows, equally often. '
                end || 'Largest difference of ' || cast(test_count as {{ text }}) || ': share of ' || metric || ' '
                || cast(round(arm_value, 4) as {{ text }}) || ' in ' || arm || ' against '
                || cast(round(control_value, 4) as {{ text }}) || ' in ' || control_arm || '.'
        end as detail
    from most_extreme_missing_values

),

days_without_data as (

    select
        experiment_id,
        'days_without_data' as check_name,
        case
            when day_count = 0 then 'not_applicable'
            when day_with_data_count < day_count then 'warn'
            else 'pass'
        end as status,
        cast(day_count - day_with_data_count as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when day_count = 0 then 'There are no data from the days of the experiment yet.'
            when day_with_data_count < day_count
                then
                    cast(day_count - day_with_data_count as {{ text }}) || ' of the ' || cast(day_count as {{ text }})
                    || ' days so far have no data, or those of less than a tenth of the usual users; the first is '
                    || cast(first_day_without_data as {{ text }}) || '.'
            else 'All ' || cast(day_count as {{ text }}) || ' days so far have data.'
        end as detail
    from coverages

),

-- Feeds are used otherwise at weekends: of a part of a week, an average is one of whichever days are in it.
weekday_coverage as (

    select
        experiment_id,
        'weekday_coverage' as check_name,
        case
            when day_count = 0 then 'not_applicable'
            when day_to_whole_weeks_count > 0 then 'warn'
            else 'pass'
        end as status,
        cast(day_to_whole_weeks_count as {{ double }}) as statistic,
        cast(null as {{ double }}) as p_value,
        case
            when day_count = 0 then 'There are no data from the days of the experiment yet.'
            when day_to_whole_weeks_count > 0
                then
                    'The days so far, ' || cast(day_with_data_count as {{ text }})
                    || ' with data, do not make whole weeks: ' || cast(day_to_whole_weeks_count as {{ text }})
                    || ' more would have every weekday equally often.'
            else
                'The ' || cast(day_with_data_count as {{ text }})
                || ' days so far with data hold every weekday equally often.'
        end as detail
    from coverages

),

asked_metrics as (

    select
        metric_roles.*,
        designs.randomisation_unit
    from metric_roles
    inner join designs on metric_roles.experiment_id = designs.experiment_id

),

named_contrasts as (

    select
        asked_metrics.experiment_id,
        asked_metrics.metric,
        asked_metrics.metric_role,
        asked_metrics.desired_direction,
        contrasts.arm,
        contrasts.control_arm,
        contrasts.arm_value,
        contrasts.control_value,
        contrasts.estimate,
        contrasts.p_value,
        case
            when asked_metrics.metric_role = 'manipulation' and asked_metrics.desired_direction = 'decrease'
                then -contrasts.estimate / nullif(contrasts.estimate_se, 0)
            else contrasts.estimate / nullif(contrasts.estimate_se, 0)
        end as statistic,
        coalesce(contrasts.p_value < {{ alpha }}, false)
        and case asked_metrics.desired_direction
            when 'decrease' then contrasts.estimate < 0
            else contrasts.estimate > 0
        end as has_moved_as_meant,
        case
            when contrasts.experiment_id is null then {{ feedlift._reason_for_no_contrast('asked_metrics') }}
            else contrasts.null_reason
        end as null_reason
    from asked_metrics
    left join contrasts
        on asked_metrics.experiment_id = contrasts.experiment_id and asked_metrics.metric = contrasts.metric

),

ranked_placebos as (

    select
        *,
        coalesce({{ is_of_nothing }}, false) as is_of_nothing,
        count(p_value) over (partition by experiment_id) as test_count,
        row_number() over (
            partition by experiment_id
            order by
                coalesce(p_value, {{ place_without_p_value }}) asc,
                coalesce(abs(estimate), -1e0) desc,
                metric asc,
                arm asc
        ) as p_value_rank
    from named_contrasts
    where metric_role = 'placebo'

),

most_extreme_placebos as (

    select
        *,
        case when p_value * test_count > 1 then 1e0 else p_value * test_count end as adjusted_p_value
    from ranked_placebos
    where p_value_rank = 1

),

placebo_metric as (

    select
        designs.experiment_id,
        'placebo_metric' as check_name,
        case
            when placebos.experiment_id is null or placebos.is_of_nothing then 'not_applicable'
            when placebos.adjusted_p_value < 1e-3 then 'fail'
            when placebos.p_value is null and not (placebos.null_reason = 'zero_variance' and placebos.estimate = 0)
                then 'warn'
            else 'pass'
        end as status,
        placebos.statistic,
        placebos.adjusted_p_value as p_value,
        case
            when placebos.experiment_id is null
                then 'No metric is named as placebo in experiment_metrics: nothing is tested.'
            when placebos.is_of_nothing then 'Nobody has any of the placebo metrics: there is nothing to compare.'
            when placebos.p_value is null and placebos.null_reason = 'zero_variance' and placebos.estimate = 0
                then 'Nothing differs between the arms (zero_variance).'
            when placebos.p_value is null then 'Not judged: it cannot be computed (' || placebos.null_reason || ').'
            else
                case
                    when placebos.adjusted_p_value < 1e-3
                        then 'A metric that the treatment cannot move has moved: the arms were not alike. '
                    else 'What the treatment cannot move has not moved. '
                end || 'Largest difference of ' || cast(placebos.test_count as {{ text }}) || ': ' || placebos.metric
                || ' ' || cast(round(placebos.arm_value, 4) as {{ text }}) || ' in ' || placebos.arm || ' against '
                || cast(round(placebos.control_value, 4) as {{ text }}) || ' in ' || placebos.control_arm || '.'
        end as detail
    from designs
    left join most_extreme_placebos as placebos on designs.experiment_id = placebos.experiment_id

),

-- Every arm has to have moved every one of them, so that the weakest decides and no p-value needs a correction
-- (Berger 1982, intersection-union test).
ranked_manipulations as (

    select
        *,
        count(*) over (partition by experiment_id) as test_count,
        row_number() over (
            partition by experiment_id
            order by
                case when has_moved_as_meant then 1 else 0 end asc,
                case when statistic is null then 0 else 1 end asc,
                statistic asc,
                metric asc,
                arm asc
        ) as weakness_rank
    from named_contrasts
    where metric_role = 'manipulation'

),

manipulation_check as (

    select
        designs.experiment_id,
        'manipulation_check' as check_name,
        case
            when manipulations.experiment_id is null then 'not_applicable'
            when manipulations.has_moved_as_meant then 'pass'
            else 'warn'
        end as status,
        manipulations.statistic,
        manipulations.p_value,
        case
            when manipulations.experiment_id is null
                then 'No metric is named as manipulation in experiment_metrics: nothing is tested.'
            when manipulations.arm is null or manipulations.estimate is null
                then 'Not judged: it cannot be computed (' || manipulations.null_reason || ').'
            else
                case
                    when manipulations.has_moved_as_meant
                        then 'The treatment changed what it was meant to change. Weakest change'
                    else 'The treatment has not been seen to change what it was meant to change. Weakest change'
                end || ' of ' || cast(manipulations.test_count as {{ text }}) || ': ' || manipulations.metric
                || ', meant to ' || manipulations.desired_direction || ', '
                || cast(round(manipulations.arm_value, 4) as {{ text }}) || ' in ' || manipulations.arm || ' against '
                || cast(round(manipulations.control_value, 4) as {{ text }}) || ' in ' || manipulations.control_arm
                || '.'
        end as detail
    from designs
    left join ranked_manipulations as manipulations
        on designs.experiment_id = manipulations.experiment_id and manipulations.weakness_rank = 1

),

final as (

    select * from missing_data
    union all
    select * from days_without_data
    union all
    select * from weekday_coverage
    union all
    select * from placebo_metric
    union all
    select * from manipulation_check

)

select * from final
