{%- set keys = ['experiment_id', 'population', 'metric', 'segment', 'arm', 'control_arm', 'method'] -%}
with contrasts as (

    select * from {{ ref('int_experiments__contrasts') }}
    where
        segment <> 'all'
        and segment_value <> 'unknown'
        and method in ('unadjusted', 'cuped')
        -- Beside ctr they would ask one question several times, and be corrected for as several.
        and metric not in ('ctr_logged', 'ctr_rendered', 'ctr_viewport')

),

adjusted_p_values as (

    select * from {{ ref('int_experiments__adjusted_p_values') }}

),

metric_roles as (

    select * from {{ ref('int_experiments__metric_roles') }}

),

experiments as (

    select * from {{ ref('stg_experiments__experiments') }}

),

-- Users of one cluster may be in several groups, whose estimates then are not independent. Where only a handful has any
-- of the metric, the standard error is as uncertain as with a handful of users; that of a ratio needs more of them. The
-- skewness of the values does not count: it would choose groups by their outcome.
effects as (

    select
        {{ feedlift._key_columns(keys, 'contrasts') }},
        contrasts.segment_value,
        contrasts.estimate,
        contrasts.approximation_quality,
        contrasts.confidence_level,
        adjusted_p_values.p_value_benjamini_hochberg < 1 - contrasts.confidence_level
        and contrasts.approximation_quality in ('good', 'doubtful') as is_established,
        experiments.randomisation_unit <> 'user' as is_clustered,
        case
            when
                contrasts.null_reason is null
                and experiments.randomisation_unit = 'user'
                and contrasts.nonzero_unit_count >= 20
                and contrasts.control_nonzero_unit_count >= 20
                and (not contrasts.is_ratio or least(contrasts.unit_count, contrasts.control_unit_count) >= 300)
                then contrasts.estimate_se
        end as usable_se
    from contrasts
    inner join adjusted_p_values
        on {{ feedlift._keys_match(keys + ['segment_value'], 'contrasts', 'adjusted_p_values') }}
    inner join experiments on contrasts.experiment_id = experiments.experiment_id

),

tests as (

    {{ feedlift.heterogeneity_tests('effects', keys, 'segment_value', standard_error='usable_se') | indent(4) }}

),

-- The test is no better than the worst of the estimates that it rests on.
summaries as (

    select
        {{ keys | join(', ') }},
        count(*) as segment_value_count,
        max(confidence_level) as confidence_level,
        max(case when is_clustered then 1 else 0 end) as clustered_indicator,
        max(case
            when usable_se is null then null
            when approximation_quality = 'poor' then 3
            when approximation_quality = 'unknown' then 2
            when approximation_quality = 'doubtful' then 1
            else 0
        end) as worst_grade,
        max(case when is_established and estimate < 0 and usable_se is not null then 1 else 0 end) as harm_indicator,
        max(case when is_established and estimate > 0 and usable_se is not null then 1 else 0 end) as gain_indicator
    from effects
    group by {{ keys | join(', ') }}

),

judged as (

    select
        {{ feedlift._key_columns(keys, 'tests') }},
        metric_roles.metric_role,
        summaries.segment_value_count,
        tests.estimate_count as tested_value_count,
        tests.pooled_estimate,
        tests.cochran_q,
        tests.degrees_of_freedom,
        tests.p_value,
        tests.i_squared,
        tests.lowest_estimate,
        tests.lowest_value as lowest_segment_value,
        tests.highest_estimate,
        tests.highest_value as highest_segment_value,
        summaries.confidence_level,
        summaries.harm_indicator = 1 and summaries.gain_indicator = 1 as has_opposite_effects,
        case
            when tests.null_reason is not null or summaries.worst_grade = 2 then 'unknown'
            when summaries.worst_grade = 3 then 'poor'
            when summaries.worst_grade = 1 then 'doubtful'
            else 'good'
        end as approximation_quality,
        case when summaries.clustered_indicator = 1 then 'clusters_span_segments' else tests.null_reason end
            as null_reason,
        tests.experiment_id || ', ' || tests.population || ': ' || metric_roles.metric_role || ' metrics by segment, '
        || tests.method as test_family
    from tests
    inner join summaries
        on {{ feedlift._keys_match(keys, 'tests', 'summaries') }}
    inner join metric_roles
        on tests.experiment_id = metric_roles.experiment_id and tests.metric = metric_roles.metric

),

adjusted as (

    {{ feedlift.adjusted_p_values('judged', ['test_family']) | indent(4) }}

),

final as (

    select
        {{ keys | join(', ') }},
        metric_role,
        cast(segment_value_count as {{ feedlift.data_type('integer') }}) as segment_value_count,
        cast(tested_value_count as {{ feedlift.data_type('integer') }}) as tested_value_count,
        pooled_estimate,
        cochran_q,
        cast(degrees_of_freedom as {{ feedlift.data_type('integer') }}) as degrees_of_freedom,
        p_value,
        test_family,
        cast(family_size as {{ feedlift.data_type('integer') }}) as family_size,
        p_value_benjamini_hochberg,
        i_squared,
        lowest_estimate,
        lowest_segment_value,
        highest_estimate,
        highest_segment_value,
        has_opposite_effects,
        confidence_level,
        approximation_quality,
        null_reason
    from adjusted

)

select * from final
