{#-
  Pearson's chi-square test of observed counts against expected ones, one result per group: the test for sample ratio
  mismatch (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments"). One row per
  group and category in, one row per group out. Null with a reason where an expected count is not positive.
-#}
{% macro chi_square_goodness_of_fit(relation, keys, observed, expected) %}
with terms as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        cast({{ observed }} as {{ feedlift.data_type('double') }}) as observed,
        cast({{ expected }} as {{ feedlift.data_type('double') }}) as expected
    from {{ relation }}

),

statistics as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        case
            when min(expected) > 0 and count(*) > 1
                then sum((observed - expected) * (observed - expected) / nullif(expected, 0))
        end as chi_square,
        case when min(expected) > 0 and count(*) > 1 then count(*) - 1 end as degrees_of_freedom,
        case
            when count(*) < 2 then 'fewer_than_two_categories'
            when min(expected) <= 0 then 'expected_count_not_positive'
        end as null_reason
    from terms
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),

final as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        chi_square,
        degrees_of_freedom,
        {{ feedlift.chi_square_survival('chi_square', 'degrees_of_freedom') }} as p_value,
        null_reason
    from statistics

)

select * from final
{% endmacro %}
