{#-
  How many users an experiment needs, from what is assumed of it before there are any data: power_analysis on assumed
  means and variances.
-#}
{% macro sample_size_plan(
  relation, control_mean, relative_effect, control_variance=none, arm_share='5e-1', test='fixed_horizon',
  planned_unit_count=none, confidence_level=none, power=none, alternative='two-sided'
) %}
  {%- set double = feedlift.data_type('double') -%}
  {%- set confidence = feedlift._confidence('sample_size_plan', confidence_level) -%}
with assumed as (

    select
        {{ feedlift.all_columns_but(feedlift._made_columns('sample_size_plan')) }},
        {{ feedlift._in_range('cast(' ~ control_mean ~ ' as ' ~ double ~ ')') }} as assumed_control_mean,
        {{ feedlift._in_range(
            '(cast(' ~ control_mean ~ ' as ' ~ double ~ ') * cast(' ~ relative_effect ~ ' as ' ~ double ~ '))'
        ) }} as planned_effect,
        {%- if planned_unit_count is not none %}
        cast({{ planned_unit_count }} as {{ double }}) as assumed_planned_unit_count,
        {%- endif %}
        {{ feedlift._in_range('cast(' ~ arm_share ~ ' as ' ~ double ~ ')') }} as assumed_arm_share
    from {{ relation }}

),

spread as (

    select
        *,
        {%- if control_variance is none %}
        case
            when assumed_control_mean + planned_effect between 0 and 1
                then (assumed_control_mean + planned_effect) * (1 - assumed_control_mean - planned_effect)
        end as assumed_arm_variance,
        case
            when assumed_control_mean between 0 and 1 then assumed_control_mean * (1 - assumed_control_mean)
        end as assumed_control_variance
        {%- else %}
        {%- for side in ['arm', 'control'] %}
        case
            when {{ feedlift._is_variance_in_range('cast(' ~ control_variance ~ ' as ' ~ double ~ ')') }}
                then cast({{ control_variance }} as {{ double }})
        end as assumed_{{ side }}_variance{{ ',' if not loop.last }}
        {%- endfor %}
        {%- endif %}
    from assumed

),

sized as (

    {{ feedlift.power_analysis(
        'spread', 'planned_effect',
        feedlift.variance_of_difference('assumed_arm_variance', 'assumed_control_variance', 'assumed_arm_share'),
        test=test, planned_unit_count=none if planned_unit_count is none else 'assumed_planned_unit_count',
        confidence_level=confidence, power=power, alternative=alternative
    ) | indent(4) }}

),

final as (

    select
        *,
        case
            when assumed_control_mean is null then 'no_control_mean'
            when planned_effect is null then 'no_effect'
            when not coalesce(assumed_arm_share > 0 and assumed_arm_share < 1, false) then 'share_not_between_0_and_1'
            {%- if control_variance is none %}
            when assumed_arm_variance is null or assumed_control_variance is null then 'not_a_proportion'
            {%- endif %}
            else power_null_reason
        end as plan_null_reason,
        {{ feedlift._whole_units('(needed_units * assumed_arm_share)') }} as needed_arm_units,
        {{ feedlift._whole_units('(needed_units * (1 - assumed_arm_share))') }} as needed_control_units
    from sized

)

select * from final
{% endmacro %}
