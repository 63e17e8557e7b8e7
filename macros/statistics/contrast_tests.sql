{#-
  Welch's test and its interval, and the relative lift with Fieller's interval, for every row of a table of estimates
  such as arm_estimates makes: all of its columns, and the figures of the test. Whatever can be estimated with a
  standard error and degrees of freedom is tested here, so that one rule holds for every method: the interval excludes
  zero exactly when p < 1 - confidence level.
-#}
{% macro contrast_tests(estimates, confidence_level=none, alternative='two-sided') %}
  {%- set confidence = feedlift._confidence('contrast_tests', confidence_level) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- if alternative not in ['two-sided', 'greater', 'less'] -%}
    {{ exceptions.raise_compiler_error(
      "contrast_tests: the alternative is '" ~ alternative ~ "'; write two-sided, greater or less."
    ) }}
  {%- endif -%}
  {%- set tails = 2 if alternative == 'two-sided' else 1 -%}
with standard_errors as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('contrast_tests')) }},
        sqrt(arm_variance + control_variance) as estimate_se,
        cast({{ (1 - confidence) / tails }} as {{ double }}) as upper_tail_probability
    from {{ estimates }}

),

t_statistics as (

    select
        *,
        case when null_reason is null then estimate / estimate_se end as t_statistic,
        case when null_reason is null then {{ {
            'two-sided': 'abs(estimate / estimate_se)', 'greater': 'estimate / estimate_se',
            'less': '-estimate / estimate_se',
        }[alternative] }} end as t_towards_alternative
    from standard_errors

),

critical_values as (

    {{ feedlift.student_t_quantile(
        't_statistics', 'upper_tail_probability', 'degrees_of_freedom', 't_critical'
    ) | indent(4) }}

),

intervals as (

    select
        *,
        {{ tails }} * {{ feedlift.student_t_survival('t_towards_alternative', 'degrees_of_freedom') }} as p_value,
        case
            when {{ feedlift._has_lift('arm_value', 'control_value') }} then estimate / control_value
        end as relative_lift,
        {%- for end, sign, open_towards in [('lower', '-', 'less'), ('upper', '+', 'greater')] %}
        {%- if alternative == open_towards %}
        cast(null as {{ double }}) as estimate_{{ end }},
        cast(null as {{ double }}) as relative_lift_{{ end }},
        {%- else %}
        estimate {{ sign }} t_critical * estimate_se as estimate_{{ end }},
        {{ feedlift.fieller_interval(
            end, 'arm_value', 'arm_value_variance', 'control_value', 'control_value_variance', 't_critical',
            'covariance_of_values'
        ) }} as relative_lift_{{ end }},
        {%- endif %}
        {%- endfor %}
        cast({{ confidence }} as {{ double }}) as confidence_level,
        '{{ alternative }}' as alternative
    from critical_values

),

final as (

    select
        *,
        coalesce(
            t_critical is not null and relative_lift is not null
            and coalesce(relative_lift_lower, relative_lift_upper) is null, false
        ) as is_relative_lift_unbounded,
        1 - (arm_variance + control_variance) / nullif(unadjusted_variance, 0) as variance_reduction,
        case
            when null_reason is not null then 'unknown'
            else
                {{ feedlift._approximation_quality(
                    feedlift._sample_is_small(20, 300, 20), feedlift._sample_is_small(100, 5000, 355)
                ) }}
        end as approximation_quality
    from intervals

)

select * from final
{% endmacro %}
