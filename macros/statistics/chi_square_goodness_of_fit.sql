{#-
  Pearson's chi-square test of observed counts against expected ones, one result per group: the test for sample ratio
  mismatch (Fabijan et al. 2019, "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments"). One row per
  group and category in, one row per group out. Null with a reason where a count is unknown or below zero, an expected
  one not positive, or not as many are expected as were observed: a category is missing, or shares were given for
  counts.
-#}
{% macro chi_square_goodness_of_fit(relation, keys, observed, expected) %}
  {%- do feedlift._check_keys('chi_square_goodness_of_fit', keys) -%}
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
        count(*) as category_count,
        sum((observed - expected) * (observed - expected) / nullif(expected, 0)) as chi_square,
        case
            when count(*) < 2 then 'fewer_than_two_categories'
            when count(observed) < count(*) or count(expected) < count(*) or min(observed) < 0 then 'unknown_count'
            when min(expected) <= 0 then 'expected_count_not_positive'
            when abs(sum(expected) - sum(observed)) > 1e-9 * sum(expected) then 'expected_total_differs'
        end as null_reason
    from terms
    {%- if keys %}
    group by {{ keys | join(', ') }}
    {%- endif %}

),

ranged as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        category_count,
        chi_square,
        coalesce(null_reason, case when not chi_square <= 1e70 then 'out_of_range' end) as null_reason
    from statistics

),

judged as (

    select
        {%- for key in keys %}
        {{ key }},
        {%- endfor %}
        case when null_reason is null then chi_square end as chi_square,
        case when null_reason is null then category_count - 1 end as degrees_of_freedom,
        null_reason
    from ranged

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
    from judged

)

select * from final
{% endmacro %}
