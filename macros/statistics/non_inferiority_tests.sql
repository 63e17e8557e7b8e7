{#-
  Is the treatment not worse than control by more than a margin? One-sided, for every row of a table of contrasts. With
  s = 1 where the metric should increase and -1 where it should decrease, and the margin delta > 0:

    absolute   T = (s (m1 - m0) + delta) / sqrt(variance of the estimate)
    relative   T = s (m1 - r m0) / sqrt(v1 + r^2 v0 - 2 r c),  r = 1 - s delta

  p = P(t > T). It falls below alpha exactly where the harmful end, of Welch's interval or of Fieller's, lies inside the
  margin. The linear test of m1 - r m0 also rejects in places where the lift has no bounded interval, control being too
  close to zero; there no lift can be told, so that nothing is passed by it. A relative margin of 1
  or more is refused: losing everything is within it, and whoever writes 5 means 5 %.
-#}
{% macro non_inferiority_tests(contrasts, desired_direction, margin, margin_scale, alpha=none) %}
  {%- set alpha = alpha if alpha is not none else feedlift.setting('non_inferiority_alpha') -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set text = feedlift.data_type('text') -%}
  {%- do feedlift._check_expression(
    'non_inferiority_tests', 'desired_direction', desired_direction, ['increase', 'decrease']
  ) -%}
  {%- do feedlift._check_expression(
    'non_inferiority_tests', 'margin_scale', margin_scale, ['absolute', 'relative']
  ) -%}
  {%- if alpha is not number or alpha is boolean or not (alpha > 0 and alpha < 0.5) -%}
    {{ exceptions.raise_compiler_error(
      "non_inferiority_tests: alpha is " ~ feedlift._as_written(alpha) ~ "; write a number above 0 and below 0.5."
    ) }}
  {%- endif -%}
with given as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('non_inferiority_tests')) }},
        cast({{ desired_direction }} as {{ text }}) as given_direction,
        cast({{ margin }} as {{ double }}) as given_margin,
        cast({{ margin_scale }} as {{ text }}) as given_scale
    from {{ contrasts }}

),

checked as (

    select
        *,
        case
            when not coalesce(given_margin > 0 and given_margin <= 1e70, false) then 'no_margin'
            when coalesce(given_direction, 'none') not in ('increase', 'decrease') then 'unknown_direction'
            when coalesce(given_scale, 'none') not in ('absolute', 'relative') then 'unknown_scale'
            when given_scale = 'relative' and given_margin >= 1
                then 'relative_margin_not_below_one'
        end as non_inferiority_problem
    from given

),

signed as (

    select
        *,
        case
            when non_inferiority_problem is null
                then case given_direction when 'increase' then 1e0 when 'decrease' then -1e0 end
        end as benefit_sign,
        case when non_inferiority_problem is null then cast({{ alpha }} as {{ double }}) end as non_inferiority_alpha
    from checked

),

tolerated as (

    select
        *,
        case given_scale
            when 'absolute' then 1e0
            when 'relative' then 1 - benefit_sign * given_margin
        end as tolerated_ratio
    from signed

),

critical_values as (

    {{ feedlift.student_t_quantile(
        'tolerated', 'non_inferiority_alpha', 'degrees_of_freedom', 'non_inferiority_t_critical'
    ) | indent(4) }}

),

bounds as (

    select
        *,
        case
            when given_scale = 'absolute'
                then estimate - benefit_sign * non_inferiority_t_critical * estimate_se
            when benefit_sign = 1
                then {{ feedlift.fieller_interval(
                    'lower', 'arm_value', 'arm_value_variance', 'control_value', 'control_value_variance',
                    'non_inferiority_t_critical', 'covariance_of_values'
                ) }}
            when benefit_sign = -1
                then {{ feedlift.fieller_interval(
                    'upper', 'arm_value', 'arm_value_variance', 'control_value', 'control_value_variance',
                    'non_inferiority_t_critical', 'covariance_of_values'
                ) }}
        end as non_inferiority_bound
    from critical_values

),

distances as (

    select
        *,
        case
            when non_inferiority_bound is null then null
            when given_scale = 'absolute'
                then (benefit_sign * estimate + given_margin) / estimate_se
            when given_scale = 'relative'
                then
                    benefit_sign * (arm_value - tolerated_ratio * control_value)
                    / nullif(sqrt(greatest(
                        arm_value_variance
                        + tolerated_ratio * tolerated_ratio * control_value_variance
                        - 2 * tolerated_ratio * covariance_of_values, 0e0
                    )), 0)
        end as non_inferiority_t_statistic
    from bounds

),

probabilities as (

    select
        *,
        {{ feedlift.student_t_survival('non_inferiority_t_statistic', 'degrees_of_freedom') }}
            as non_inferiority_p_value
    from distances

),

final as (

    select
        *,
        case
            when non_inferiority_problem = 'no_margin' or (null_reason is null and degrees_of_freedom is null) then null
            else coalesce(non_inferiority_p_value < non_inferiority_alpha, false)
        end as is_non_inferior,
        case
            when non_inferiority_p_value is null
                then
                    coalesce(
                        non_inferiority_problem,
                        null_reason,
                        case when degrees_of_freedom is null then 'no_t_test' else 'unbounded_relative_lift' end
                    )
        end as non_inferiority_null_reason
    from probabilities

)

select * from final
{% endmacro %}
