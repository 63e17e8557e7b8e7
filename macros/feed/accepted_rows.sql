{#- The rows of a screened table that were accepted, with the columns of the raw contract. -#}
{% macro accepted_rows(entity, screened) %}
select
    {%- for column in feedlift.raw_contract()[entity]['columns'] %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ screened }}
where refusal_reason is null
{% endmacro %}
