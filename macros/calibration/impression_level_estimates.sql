{#-
  What not to do, for the record: ratios of totals tested as if the units were not what was randomised, in the layout of
  arm_estimates. It takes the same moments as the right tests, so that a calibration can show all of them on the same
  assignments.
-#}
{% macro impression_level_estimates(moments, keys, is_control) %}
  {%- set double = feedlift.data_type('double') -%}
with sides as (

    select
        {{ keys | join(', ') }},
        arm,
        {{ is_control }} as is_control_arm,
        unit_count,
        nonzero_unit_count,
        numerator_mean / nullif(denominator_mean, 0) as ratio,
        unit_count * denominator_mean as impression_count,
        numerator_variance / nullif(unit_count * denominator_mean * denominator_mean, 0)
            as variance_of_fixed_denominator
    from {{ moments }}
    where is_ratio

),

methods as (

    select
        *,
        'impressions_as_units' as method,
        case when ratio between 0 and 1 then ratio * (1 - ratio) / nullif(impression_count, 0) end as variance_of_ratio,
        impression_count - 1 as degrees_of_freedom
    from sides

    union all

    select
        *,
        'denominator_as_fixed' as method,
        variance_of_fixed_denominator as variance_of_ratio,
        cast(unit_count - 1 as {{ double }}) as degrees_of_freedom
    from sides

),

differences as (

    select
        {{ feedlift._key_columns(keys + ['arm', 'method'], 'treated') }},
        control.arm as control_arm,
        true as is_ratio,
        cast(null as {{ double }}) as cuped_coefficient,
        cast(treated.unit_count as {{ feedlift.data_type('integer') }}) as unit_count,
        cast(control.unit_count as {{ feedlift.data_type('integer') }}) as control_unit_count,
        treated.nonzero_unit_count,
        control.nonzero_unit_count as control_nonzero_unit_count,
        cast(null as {{ double }}) as skewness,
        cast(null as {{ double }}) as control_skewness,
        treated.ratio as arm_value,
        control.ratio as control_value,
        treated.ratio - control.ratio as estimate,
        treated.variance_of_ratio as arm_variance,
        control.variance_of_ratio as control_variance,
        treated.variance_of_ratio + control.variance_of_ratio as unadjusted_variance,
        treated.variance_of_ratio as arm_value_variance,
        control.variance_of_ratio as control_value_variance,
        0e0 as covariance_of_values,
        treated.degrees_of_freedom + control.degrees_of_freedom as degrees_of_freedom
    from methods as treated
    inner join methods as control
        on {{ feedlift._keys_match(keys + ['method'], 'treated', 'control') }}
    where control.is_control_arm and not treated.is_control_arm

),

final as (

    select
        *,
        case
            when unit_count = 0 or control_unit_count = 0 then 'not_logged'
            when estimate is null then 'zero_denominator'
            when unadjusted_variance is null and method = 'impressions_as_units' then 'not_a_proportion'
            when unadjusted_variance is null then 'fewer_than_two_units'
            when unadjusted_variance = 0 then 'zero_variance'
        end as null_reason
    from differences

)

select * from final
{% endmacro %}
