{%- set keys = [
    'experiment_id', 'population', 'metric', 'segment', 'segment_value', 'arm', 'control_arm', 'method',
] -%}
{%- set double = feedlift.data_type('double') -%}
{%- set bootstrapped_values = [
    'is_ratio', 'unit_count', 'control_unit_count', 'nonzero_unit_count', 'control_nonzero_unit_count', 'arm_value',
    'control_value', 'estimate', 'relative_lift', 'is_relative_lift_unbounded', 'confidence_level', 'alternative',
] -%}
{%- set bootstrapped_figures = [
    'estimate_se', 'estimate_lower', 'estimate_upper', 'p_value', 'relative_lift_lower', 'relative_lift_upper',
] -%}
{%- set bootstrapped = bootstrapped_values + bootstrapped_figures + ['null_reason'] -%}
{%- set from_test = ['skewness', 'control_skewness', 'approximation_quality'] -%}
{%- set of_test_alone = [
    'arm_variance', 'control_variance', 'unadjusted_variance', 'arm_value_variance',
    'control_value_variance', 'covariance_of_values', 'degrees_of_freedom', 't_statistic', 'variance_reduction',
    'upper_tail_probability', 't_towards_alternative', 't_critical',
] -%}
{%- set columns = keys + bootstrapped + from_test + ['cuped_coefficient'] + of_test_alone -%}
{%- set unknown = [] -%}
{%- for column in of_test_alone -%}
{%- do unknown.append('cast(null as ' ~ double ~ ') as ' ~ column) -%}
{%- endfor -%}
with estimates as (

    select {{ (keys + feedlift.estimate_columns()) | join(', ') }}
    from {{ ref('int_experiments__estimates') }}

),

bootstrap_contrasts as (

    select {{ (keys + bootstrapped) | join(', ') }}
    from {{ ref('int_experiments__bootstrap_contrasts') }}

    union all

    select {{ (keys + bootstrapped) | join(', ') }}
    from {{ ref('int_experiments__bootstrap_quantile_contrasts') }}

),

tested as (

    {{ feedlift.contrast_tests('estimates') | indent(4) }}

),

-- The bootstrap comes with its own interval and p-value. By percentiles it follows skewness no further than the t test
-- does, so that the two are doubtful together. Where the data end below a quantile's interval, resampling them cannot
-- tell what lies beyond.
final as (

    select {{ columns | join(', ') }} from tested

    union all

    select
        bootstrap_contrasts.{{ (keys + bootstrapped_values) | join(', bootstrap_contrasts.') }},
        {%- for column in bootstrapped_figures %}
        case
            when coalesce(tested.null_reason, '') <> 'quantile_beyond_data' then bootstrap_contrasts.{{ column }}
        end as {{ column }},
        {%- endfor %}
        case
            when tested.null_reason in ('no_mature_units', 'quantile_beyond_data') then tested.null_reason
            else bootstrap_contrasts.null_reason
        end as null_reason,
        tested.skewness,
        tested.control_skewness,
        coalesce(tested.approximation_quality, 'unknown') as approximation_quality,
        0e0 as cuped_coefficient,
        {{ unknown | join(', ') }}
    from bootstrap_contrasts
    left join tested
        on
            {{ feedlift._keys_match(keys[:-1], 'bootstrap_contrasts', 'tested') }}
            and tested.method = 'unadjusted'

)

select * from final
