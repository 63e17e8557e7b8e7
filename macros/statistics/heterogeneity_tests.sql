{#-
  Cochran's test that the effects of disjoint groups are one and the same, one result per key, from a table with one
  estimate and its standard error per key and group. With weights w = 1 / se^2 and the pooled estimate m = sum(w x) /
  sum(w), Q = sum(w (x - m)^2). Estimates are taken from the most precise of them, near which m lies, and weights as
  shares of the largest, so that effects of 1e9 that differ by a thousandth keep their digits.
-#}
{% macro heterogeneity_tests(relation, keys, value, estimate='estimate', standard_error='estimate_se') %}
  {%- do feedlift._check_keys('heterogeneity_tests', keys) -%}
  {%- set double = feedlift.data_type('double') -%}
  {%- set partition = 'partition by ' ~ keys | join(', ') if keys else '' -%}
  {%- set columns = feedlift._leading_columns(keys) -%}
with given as (

    select
        {{ columns }}{{ value }} as compared_value,
        cast({{ estimate }} as {{ double }}) as given_estimate,
        cast({{ standard_error }} as {{ double }}) as given_error
    from {{ relation }}

),

-- An estimate without spread, or beyond the range, can be weighed against nothing.
usable as (

    select
        {{ columns }}compared_value,
        case
            when
                {{ feedlift._is_value_in_range('given_estimate') }}
                and {{ feedlift._is_value_in_range('given_error') }}
                and given_error >= 1e-70
                then given_estimate
        end as usable_estimate,
        given_error,
        count(*) over (partition by {{ columns }}compared_value) as rows_of_value
    from given

),

weighted as (

    select
        {{ columns }}compared_value,
        usable_estimate,
        case when usable_estimate is not null then given_error end as usable_error,
        rows_of_value,
        min(usable_estimate) over ({{ partition }}) as least_estimate,
        min(case when usable_estimate is not null then given_error end) over ({{ partition }}) as least_error,
        max(usable_estimate) over ({{ partition }}) as greatest_estimate
    from usable

),

anchored as (

    select
        *,
        (least_error / usable_error) * (least_error / usable_error) as weight,
        min(case when usable_error = least_error then usable_estimate end) over ({{ partition }}) as anchor
    from weighted

),

pooled as (

    select
        *,
        sum(weight * (usable_estimate - anchor)) over ({{ partition }}) / nullif(sum(weight) over ({{ partition }}), 0)
            as pooled_from_anchor
    from anchored

),

deviations as (

    select
        *,
        (usable_estimate - anchor - pooled_from_anchor) / usable_error as deviation
    from pooled

),

-- Of equal estimates the first by the name of its value, so that two runs tell the same.
statistics as (

    select
        {{ columns }}max(rows_of_value) as rows_of_value,
        count(usable_estimate) as estimate_count,
        sum(deviation * deviation) as cochran_q,
        min(anchor + pooled_from_anchor) as pooled_estimate,
        min(least_estimate) as lowest_estimate,
        min(case when usable_estimate = least_estimate then compared_value end) as lowest_value,
        max(greatest_estimate) as highest_estimate,
        min(case when usable_estimate = greatest_estimate then compared_value end) as highest_value
    from deviations
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),

-- Several rows of a group, such as the methods of one contrast, are not independent, and the test would count each.
reasons as (

    select
        *,
        case
            when rows_of_value > 1 then 'several_rows_of_a_value'
            when estimate_count < 2 then 'fewer_than_two_estimates'
            when estimate_count > 10001 then 'out_of_range'
        end as null_reason
    from statistics

),

judged as (

    select
        {{ columns }}
        {%- for column in [
            'estimate_count', 'lowest_estimate', 'lowest_value', 'highest_estimate', 'highest_value'
        ] %}
        case when coalesce(null_reason, 'none') <> 'several_rows_of_a_value' then {{ column }} end as {{ column }},
        {%- endfor %}
        case when null_reason is null then pooled_estimate end as pooled_estimate,
        case when null_reason is null then cochran_q end as cochran_q,
        case when null_reason is null then estimate_count - 1 end as degrees_of_freedom,
        null_reason
    from reasons

),

final as (

    select
        *,
        {{ feedlift.chi_square_survival('cochran_q', 'degrees_of_freedom') }} as p_value,
        case
            when cochran_q <= degrees_of_freedom then 0e0
            else (cochran_q - degrees_of_freedom) / cochran_q
        end as i_squared
    from judged

)

select * from final
{% endmacro %}


{#- The columns of a key at the head of a select list, which may have none. -#}
{% macro _leading_columns(keys) %}
  {{ return(keys | join(', ') ~ ', ' if keys else '') }}
{% endmacro %}
