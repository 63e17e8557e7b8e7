{#-
  One table of experiment definitions, typed. `<column>_as_written` keeps the text of every column that is cast, so
  that a value that cannot be read is told from one that is not there.
-#}
{% macro base_experiments(table) %}
  {%- set columns = feedlift.definition_contract()[table]['columns'] -%}
select
    {%- for column, contract_type in columns.items() %}
    {{ feedlift.parse_value(column, contract_type) }} as {{ column }},
        {%- if contract_type not in ['text', 'label'] %}
    {{ feedlift.parse_value(column, 'text') }} as {{ column }}_as_written,
        {%- endif %}
    {%- endfor %}
    '{{ table }}' as defined_in
from {{ ref(table) }}
{% endmacro %}
