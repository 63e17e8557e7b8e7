{#- Both directions at once: a join that loses rows and one that multiplies them can leave the row count as it was. -#}
{% test one_row_per(model, relation, column) %}
with expected as (

    select
        {{ column }} as expected_key,
        count(*) as expected_row_count
    from {{ relation }}
    group by {{ column }}

),

found as (

    select
        {{ column }} as found_key,
        count(*) as found_row_count
    from {{ model }}
    group by {{ column }}

)

select
    expected.expected_key,
    expected.expected_row_count,
    found.found_key,
    found.found_row_count
from expected
full outer join found on expected.expected_key = found.found_key
where
    expected.expected_key is null
    or found.found_key is null
    or expected.expected_row_count <> 1
    or found.found_row_count <> 1
{% endtest %}
