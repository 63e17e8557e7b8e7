{#- The rows of a screened table that were refused: the reason, the raw row, and what of its keys could be read. -#}
{% macro refused_rows(entity, screened) %}
select
    refusal_reason,
    raw_record,
    {%- for column in feedlift.raw_contract()[entity]['columns'] %}
    {{ column }}{{ ',' if not loop.last }}
    {%- endfor %}
from {{ screened }}
where refusal_reason is not null
{% endmacro %}
